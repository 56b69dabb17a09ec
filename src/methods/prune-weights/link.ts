import type { Sketch } from '../../kernels/sketch.ts';
import { countBelowAll, type Part, thresholdFor } from '../magnitudes.ts';
import type { LayerFacts } from '../types.ts';
import { decide, fallen } from './decide.ts';
import type { Importance, PruneWeightsOptions } from './options.ts';

/** The numbers that a step's sparsity and threshold speak of, weights or what they matter: what ties the two together. */
export interface Link {
  parts: readonly Part[];
  count: number;
  /** The largest magnitude. */
  max: number;
}

function linkOf(sketches: readonly Sketch[]): Link {
  return {
    parts: sketches.map((sketch) => ({ sketch, floor: 0 })),
    count: sketches.reduce((n, s) => n + s.count, 0),
    max: sketches.reduce((m, s) => Math.max(m, s.max, -s.min), 0),
  };
}

/** What a step compares of a layer, as far as it is known. */
const comparedOf = ({ sketch, scores }: LayerFacts, importance: Importance): Sketch | undefined =>
  importance === 'magnitude' ? sketch : scores?.[importance];

/** The last link of a step, which stays the same while its sliders move. */
let last: { layers: readonly LayerFacts[]; asked: string; link: Link | undefined } | undefined;

/** The link of all layers that follow the step; undefined while a layer of them has not been read, or measured. */
export function stepLink(layers: readonly LayerFacts[], options: PruneWeightsOptions): Link | undefined {
  const shared = { ...options, pattern: 'unstructured', scope: 'global', sparsity: 0.5, threshold: undefined } as const;
  const asked = JSON.stringify(shared);
  if (last?.layers !== layers || last.asked !== asked) last = { layers, asked, link: linkFor(layers, shared) };
  return last.link;
}

function linkFor(layers: readonly LayerFacts[], options: PruneWeightsOptions): Link | undefined {
  const pool = layers.filter((l) => decide(l, options).kind === 'pool');
  const sketches = pool.map((l) => comparedOf(l, options.importance));
  if (!sketches.every((s) => s !== undefined)) return undefined;
  const link = linkOf(sketches);
  return link.max > 0 ? link : undefined;
}

/** The link of one layer on its own. */
export function layerLink(layer: LayerFacts, importance: Importance): Link | undefined {
  const sketch = comparedOf(layer, importance);
  return sketch && sketch.count > 0 ? linkOf([sketch]) : undefined;
}

/** The share of the weights that a threshold makes zero, 0…1. */
export function sparsityAt({ parts, count }: Link, threshold: number): number {
  return count === 0 ? 0 : Math.min(1, countBelowAll(parts, threshold) / count);
}

/** The threshold that makes this share of the weights zero; a little over the largest magnitude at most. */
export function thresholdAt({ parts, count, max }: Link, sparsity: number): number {
  const k = fallen(sparsity, count);
  return k === 0 ? 0 : Math.min(max * 1.0001, thresholdFor(parts, k));
}
