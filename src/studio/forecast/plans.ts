import { specs } from '../../methods/specs.ts';
import type { LayerFacts, LayerPlan, MethodName } from '../../methods/types.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';

/** What the steps make of each layer, as far as it can be foretold. */
export interface Plans {
  plans: readonly LayerPlan[];
  /** The first step whose effect is known only after the run; it and the steps after it are not in the plans. */
  unknownFrom?: { step: number; method: MethodName };
}

const untouched = (facts: LayerFacts): LayerPlan => ({ facts, bytes: facts.bytes, encoding: facts.dtype });

/** The last few prefixes of recipes over the last layers: a drag changes one step, and those before it need no second look. */
const DEPTH = 8;
let cached: { layers: readonly LayerFacts[]; prefixes: { steps: readonly Step[]; plans: LayerPlan[] }[] } | undefined;

/** The longest kept prefix of these steps. Steps are compared by identity: every change makes a new object of the step it changes. */
function kept(steps: readonly Step[]): { at: number; plans: LayerPlan[] } | undefined {
  let best: { at: number; plans: LayerPlan[] } | undefined;
  for (const p of cached!.prefixes) {
    const n = p.steps.length;
    if (n <= steps.length && n > (best?.at ?? 0) && p.steps.every((s, i) => s === steps[i]))
      best = { at: n, plans: p.plans };
  }
  return best;
}

/**
 * Each method's forecast in order, without touching a weight. A method without a forecast ends it, since everything after would stand on
 * guesses. What runs here a frame at a time is the engine's own code, so that forecast and run decide alike.
 */
export function plansOf(layers: readonly LayerFacts[], recipe: Recipe): Plans {
  if (cached?.layers !== layers) cached = { layers, prefixes: [] };
  const { steps } = recipe;
  const start = kept(steps);
  let plans = start?.plans ?? layers.map(untouched);
  for (let step = start?.at ?? 0; step < steps.length; step++) {
    const method = specs.find((m) => m.name === steps[step].method);
    const foreseen = !plans.some((p) => p.remade) && (method?.isForeseen?.(steps[step]) ?? true);
    if (!method?.forecast || !foreseen) return { plans, unknownFrom: { step, method: steps[step].method } };
    plans = method.forecast(plans, steps[step]);
    cached.prefixes = [{ steps: steps.slice(0, step + 1), plans }, ...cached.prefixes].slice(0, DEPTH);
  }
  return { plans };
}
