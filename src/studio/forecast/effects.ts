import type { Sketch } from '../../kernels/sketch.ts';
import { evaluatePlan, type PlanEffect } from '../../methods/plan.ts';
import type { LayerPlan } from '../../methods/types.ts';

/** What tells two plans of one layer apart. */
const keyOf = ({ threshold, pattern, lost, quantizer }: LayerPlan): string =>
  JSON.stringify([threshold, pattern, lost?.zeros, lost !== undefined, quantizer]);

interface Kept {
  key: string;
  edges?: ArrayLike<number>;
  effect: PlanEffect;
}

/** Plans that were evaluated, one per layer: most frames of a drag change a few layers only. */
export class Effects {
  private readonly kept = new WeakMap<Sketch, Kept>();

  /** The effect of the layer's last evaluated plan, which may be an older one; undefined before the first. */
  latest(plan: LayerPlan): PlanEffect | undefined {
    return plan.facts.sketch && this.kept.get(plan.facts.sketch)?.effect;
  }

  /** Whether `latest` is of this very plan, over these edges if any are asked for. */
  isCurrent(plan: LayerPlan, edges?: ArrayLike<number>): boolean {
    const { sketch } = plan.facts;
    if (!sketch) return true;
    const kept = this.kept.get(sketch);
    return kept !== undefined && kept.key === keyOf(plan) && (edges === undefined || kept.edges === edges);
  }

  /** Evaluates a plan and keeps the result. */
  evaluate(plan: LayerPlan, edges?: ArrayLike<number>): PlanEffect {
    const effect = evaluatePlan(plan, edges);
    if (plan.facts.sketch) this.kept.set(plan.facts.sketch, { key: keyOf(plan), edges, effect });
    return effect;
  }
}

/**
 * Evaluates the plans that are not current, the picked one first, until the time is up.
 * @param from where to begin, so that a long drag reaches all layers in turn
 * @param timeUp asked after every layer; at least one is evaluated
 * @returns where to go on, or undefined when every plan is current
 */
export function refresh(
  effects: Effects,
  plans: readonly LayerPlan[],
  edges: ArrayLike<number> | undefined,
  from: number,
  timeUp: () => boolean,
): number | undefined {
  for (let n = 0; n < plans.length; n++) {
    const at = (from + n) % plans.length;
    if (effects.isCurrent(plans[at], edges)) continue;
    effects.evaluate(plans[at], edges);
    if (timeUp()) return (at + 1) % plans.length;
  }
  return undefined;
}
