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
  /** Of the weights, zeros before: what a threshold of 0 leaves them at, whatever matters nothing. */
  zeros: number;
  /** Where a logarithmic slider begins behind its zero: of what is not zero, a thousandth is smaller. */
  floor: number;
}

/** Weights of less than this share of the largest are few. */
const SMALL = 1e-4;

function linkOf(sketches: readonly Sketch[], zeros: number): Link {
  const parts = sketches.map((sketch) => ({ sketch, floor: 0 }));
  const count = sketches.reduce((n, s) => n + s.count, 0);
  const max = sketches.reduce((m, s) => Math.max(m, s.max, -s.min), 0);
  const nothing = countBelowAll(parts, 0);
  // Importance runs over many more powers of ten than weights do.
  const least = thresholdFor(parts, nothing + Math.ceil((count - nothing) / 1000));
  return { parts, count, max, zeros, floor: Math.min(SMALL * max, least) };
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
  const link = linkOf(
    sketches,
    pool.reduce((n, l) => n + (l.sketch?.zeros ?? 0), 0),
  );
  return link.max > 0 ? link : undefined;
}

/** The link of one layer on its own. */
export function layerLink(layer: LayerFacts, importance: Importance): Link | undefined {
  const sketch = comparedOf(layer, importance);
  return sketch && sketch.count > 0 ? linkOf([sketch], layer.sketch?.zeros ?? 0) : undefined;
}

/** The share of the weights that a threshold makes zero, 0…1. */
export function sparsityAt({ parts, count, zeros }: Link, threshold: number): number {
  if (count === 0) return 0;
  return Math.min(1, (threshold > 0 ? countBelowAll(parts, threshold) : zeros) / count);
}

/** The threshold that makes this share of the weights zero; a little over the largest magnitude at most. */
export function thresholdAt({ parts, count, max }: Link, sparsity: number): number {
  const k = fallen(sparsity, count);
  return k === 0 ? 0 : Math.min(max * 1.0001, thresholdFor(parts, k));
}

/**
 * The number below which the weights of a layer fall, in the units of the importance; without a layer that of all that are compared
 * together. Undefined where it is not known, and where there is no one such number: each output channel has its own.
 */
export function cutOf(
  layers: readonly LayerFacts[],
  options: PruneWeightsOptions,
  layer: LayerFacts | undefined,
): number | undefined {
  const d = layer && decide(layer, options);
  if (d?.kind === 'threshold') return d.threshold;
  if (d?.kind === 'sparsity') {
    const link = layerLink(layer!, options.importance);
    return link && thresholdAt(link, d.sparsity);
  }
  if (d && d.kind !== 'pool') return undefined;
  if (options.threshold !== undefined) return options.threshold;
  const link = options.scope === 'global' ? stepLink(layers, options) : undefined;
  return link && thresholdAt(link, options.sparsity ?? 0);
}
