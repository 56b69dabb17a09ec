import type { Sketch } from '../../kernels/sketch.ts';
import { evaluatePlan, type PlanEffect } from '../../methods/plan.ts';
import type { LayerPlan } from '../../methods/types.ts';

/** Whether two quantizers, patterns or the like say the same. Their fields are plain values. */
function same(a: object | undefined, b: object | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const keys = Object.keys(a) as (keyof typeof a)[];
  return keys.length === Object.keys(b).length && keys.every((k) => Object.is(a[k], b[k]));
}

/** Whether two plans of one layer have the same effect. */
const alike = (a: LayerPlan, b: LayerPlan): boolean =>
  a === b ||
  (a.threshold === b.threshold && same(a.quantizer, b.quantizer) && same(a.pattern, b.pattern) && same(a.lost, b.lost));

interface Kept {
  plan: LayerPlan;
  edges?: ArrayLike<number>;
  effect: PlanEffect;
}

/** Plans that were evaluated, one per layer: most frames of a drag change a few layers only. */
export class Effects {
  private readonly kept = new WeakMap<Sketch, Kept>();
  /** Σ of the counts over the layers between these edges, kept up to date as layers are evaluated. */
  private sum: { edges: ArrayLike<number>; counts: Float64Array } | undefined;

  /** The effect of the layer's last evaluated plan, which may be an older one; undefined before the first. */
  latest(plan: LayerPlan): PlanEffect | undefined {
    return plan.facts.sketch && this.kept.get(plan.facts.sketch)?.effect;
  }

  /** Whether `latest` is of this very plan, over these edges if any are asked for. */
  isCurrent(plan: LayerPlan, edges?: ArrayLike<number>): boolean {
    const { sketch } = plan.facts;
    if (!sketch) return true;
    const kept = this.kept.get(sketch);
    return kept !== undefined && alike(kept.plan, plan) && (edges === undefined || kept.edges === edges);
  }

  /** Evaluates a plan and keeps the result. */
  evaluate(plan: LayerPlan, edges?: ArrayLike<number>): PlanEffect {
    const effect = evaluatePlan(plan, edges);
    const { sketch } = plan.facts;
    if (!sketch) return effect;
    const old = this.kept.get(sketch);
    if (this.sum && old?.edges === this.sum.edges) add(this.sum.counts, old.effect.after, -1);
    if (this.sum && edges === this.sum.edges) add(this.sum.counts, effect.after, 1);
    this.kept.set(sketch, { plan, edges, effect });
    return effect;
  }

  /** Σ of the counts after, of those of the plans that were evaluated over these edges. */
  after(plans: readonly LayerPlan[], edges: ArrayLike<number>): Float64Array {
    if (this.sum?.edges !== edges) {
      this.sum = { edges, counts: new Float64Array(Math.max(0, edges.length - 1)) };
      for (const { facts } of plans) {
        const kept = facts.sketch && this.kept.get(facts.sketch);
        if (kept?.edges === edges) add(this.sum.counts, kept.effect.after, 1);
      }
    }
    // What was added and taken away again leaves a rounding error.
    return this.sum.counts.map((n) => Math.max(0, n));
  }
}

function add(counts: Float64Array, more: ArrayLike<number> | undefined, sign: 1 | -1): void {
  if (more) for (let i = 0; i < counts.length; i++) counts[i] += sign * more[i];
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
