import { countOf } from '../layers.ts';
import { countBelow, thresholdFor } from '../magnitudes.ts';
import type { LayerPlan } from '../types.ts';
import { type Decision, decide, fallen } from './decide.ts';
import type { PruneWeightsOptions } from './options.ts';

/**
 * The plans with thresholds or patterns; nothing changes its size. Which weights fall by another importance than magnitude, the
 * weights' sketches do not tell, but how many; in a global comparison only in all, unless the importance has been measured and is
 * not measured anew on the way.
 */
export function forecastPruneWeights(plans: LayerPlan[], options: PruneWeightsOptions): LayerPlan[] {
  // What is integers already is no float weight any more.
  const decisions = plans.map((plan): Decision => {
    const integers = plan.quantizer && plan.quantizer.kind !== 'float16';
    return integers || !plan.facts.sketch ? { kind: 'skip' } : decide(plan.facts, options);
  });
  const pool = plans.filter((_, i) => decisions[i].kind === 'pool');
  const pooled = pool.reduce((n, p) => n + p.facts.sketch!.count, 0);
  const falls = options.sparsity === undefined ? 0 : fallen(options.sparsity, pooled);
  const blind = options.importance !== 'magnitude' || pool.some((p) => p.lost);
  const pooledZeros = blind ? blindPool(pool, options, falls, pooled) : undefined;
  const common = !blind && pool.length ? thresholdFor(pool.map(known), falls) : 0;
  return plans.map((plan, i) => {
    const d = decisions[i];
    if (d.kind === 'skip') return plan;
    if (d.kind === 'pool' && blind) return { ...plan, lost: pooledZeros!(plan) };
    if (options.importance !== 'magnitude' || plan.lost || d.kind === 'output') {
      return { ...plan, lost: { zeros: zerosOf(d, plan, options) } };
    }
    if (d.kind === 'pattern') return { ...plan, pattern: { n: d.n, m: d.m } };
    const own = (sparsity: number) => thresholdFor([known(plan)], fallen(sparsity, plan.facts.sketch!.count));
    const threshold = d.kind === 'threshold' ? d.threshold : d.kind === 'pool' ? common : own(d.sparsity);
    return { ...plan, threshold: Math.max(threshold, plan.threshold ?? 0) };
  });
}

const known = (plan: LayerPlan) => ({ sketch: plan.facts.sketch!, floor: plan.threshold ?? 0 });

/** Zeros that earlier steps have left. */
const zerosBefore = ({ facts, threshold, lost }: LayerPlan): number =>
  Math.max(facts.sketch!.zeros, threshold ? countBelow(facts.sketch!, threshold) : 0, lost?.zeros ?? 0);

/** The zeros of each layer of a global comparison that no sketch of the weights is about. */
function blindPool(
  pool: readonly LayerPlan[],
  options: PruneWeightsOptions,
  falls: number,
  pooled: number,
): (plan: LayerPlan) => NonNullable<LayerPlan['lost']> {
  const scores = pool.map((p) => p.facts.scores?.[options.importance]);
  if (options.rounds === 1 && scores.every((s) => s !== undefined)) {
    const common = thresholdFor(
      scores.map((sketch) => ({ sketch, floor: 0 })),
      falls,
    );
    return ({ facts }) => ({ zeros: countBelow(facts.scores![options.importance], common) });
  }
  // Zeros fall first, so that there are no more of them unless there were before.
  const before = pool.reduce((n, p) => n + zerosBefore(p), 0);
  const zeros = Math.max(falls, before);
  return ({ facts }) => ({ zeros: pooled ? (zeros * facts.sketch!.count) / pooled : 0, shared: true });
}

/** The zeros of a layer on its own; NaN when they cannot be known. */
function zerosOf(d: Decision, plan: LayerPlan, options: PruneWeightsOptions): number {
  const { facts } = plan;
  const count = countOf(facts);
  const before = zerosBefore(plan);
  switch (d.kind) {
    case 'sparsity':
      return Math.max(fallen(d.sparsity, count), before);
    case 'output': {
      const channels = facts.dims[d.axis];
      // Zeros of one channel may be more than its share, and those of another less.
      return before === 0 || d.sparsity === 1 ? channels * fallen(d.sparsity, count / channels) : Number.NaN;
    }
    case 'threshold': {
      // Below 0 nothing is; zeros that were there matter nothing, so that they are below any other threshold.
      if (d.threshold === 0) return before;
      const scores = facts.scores?.[options.importance];
      return scores ? countBelow(scores, d.threshold) : Number.NaN;
    }
    default:
      // Groups at the end may be short, and hold more zeros than fall.
      return Number.NaN;
  }
}
