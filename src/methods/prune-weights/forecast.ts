import { thresholdFor } from '../magnitudes.ts';
import type { LayerPlan } from '../types.ts';
import { decide, fallen } from './decide.ts';
import type { PruneWeightsOptions } from './options.ts';

/** The plans with thresholds or patterns; nothing changes its size. */
export function forecastPruneWeights(plans: LayerPlan[], options: PruneWeightsOptions): LayerPlan[] {
  // What is integers already is no float weight any more.
  const decisions = plans.map((plan) => {
    const integers = plan.quantizer && plan.quantizer.kind !== 'float16';
    return integers || !plan.facts.sketch ? ({ kind: 'skip' } as const) : decide(plan.facts, options);
  });
  const known = (plan: LayerPlan) => ({ sketch: plan.facts.sketch!, floor: plan.threshold ?? 0 });
  const pool = plans.filter((_, i) => decisions[i].kind === 'pool').map(known);
  const pooled = pool.reduce((n, p) => n + p.sketch.count, 0);
  const common = pool.length ? thresholdFor(pool, fallen(options.sparsity!, pooled)) : 0;
  return plans.map((plan, i) => {
    const d = decisions[i];
    const cut = (threshold: number) => ({ ...plan, threshold: Math.max(threshold, plan.threshold ?? 0) });
    switch (d.kind) {
      case 'pool':
        return cut(common);
      case 'threshold':
        return cut(d.threshold);
      case 'sparsity':
        return cut(thresholdFor([known(plan)], fallen(d.sparsity, plan.facts.sketch!.count)));
      case 'pattern':
        return { ...plan, pattern: { n: d.n, m: d.m } };
      default:
        return plan;
    }
  });
}
