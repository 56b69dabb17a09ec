import { countOf, isEligible, overrideOf } from '../layers.ts';
import type { LayerFacts } from '../types.ts';
import { groupOf, type Importance, type PruneWeightsOptions } from './options.ts';

/** What becomes of one weight. `pool` weights share one threshold; `output` weights have one for each channel. */
export type Decision =
  | { kind: 'skip'; reason?: 'skipped-nan' | 'importance-unreachable' }
  | { kind: 'pool' }
  | { kind: 'sparsity'; sparsity: number }
  | { kind: 'output'; sparsity: number; axis: number }
  | { kind: 'threshold'; threshold: number }
  | { kind: 'pattern'; n: number; m: number };

/** What `prune-weights` does with a weight, by its facts alone, so that the forecast and the run cannot differ. */
export function decide(facts: LayerFacts, options: PruneWeightsOptions): Decision {
  const own = overrideOf(facts, options.layers);
  const count = countOf(facts);
  if (!isEligible(facts) || own?.skip || count === 0) return { kind: 'skip' };
  if (!own && count < options.minElements) return { kind: 'skip' };
  if (facts.sketch && facts.sketch.nan + facts.sketch.inf > 0) return { kind: 'skip', reason: 'skipped-nan' };
  if (!reaches(facts, options.importance)) return { kind: 'skip', reason: 'importance-unreachable' };
  const group = groupOf(options.pattern);
  // Vectors have no dimension that is summed over beside one of channels.
  if (group) return facts.dims.length < 2 ? { kind: 'skip' } : { kind: 'pattern', ...group };
  const { sparsity, threshold } = own?.sparsity === undefined && own?.threshold === undefined ? options : own;
  if (threshold !== undefined) return { kind: 'threshold', threshold };
  if (options.scope === 'global' && own?.sparsity === undefined) return { kind: 'pool' };
  const axis = facts.channelAxis;
  if (options.scope === 'output' && axis !== undefined) return { kind: 'output', sparsity: sparsity!, axis };
  return { kind: 'sparsity', sparsity: sparsity! };
}

/**
 * Whether importance is known. Before it has been measured, whether it can be at all: a gradient takes a float32 tensor of the main
 * graph, and Wanda a layer that multiplies its input by the weight.
 */
function reaches(facts: LayerFacts, importance: Importance): boolean {
  if (importance === 'magnitude') return true;
  if (facts.scores) return facts.scores[importance] !== undefined;
  if (facts.id !== facts.name) return false;
  return importance === 'wanda' ? facts.role === 'weight' : facts.dtype === 'float32';
}

/** How many of `count` weights fall away. */
export function fallen(sparsity: number, count: number): number {
  return Math.round(sparsity * count);
}
