import { specs } from '../../methods/specs.ts';
import type { LayerFacts, LayerPlan, MethodName } from '../../methods/types.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';
import { type Scores, scoredLayer } from '../importance/measured.ts';

/** What the steps make of each layer, as far as it can be foretold. */
export interface Plans {
  plans: readonly LayerPlan[];
  /** The first step whose effect is known only after the run; it and the steps after it are not in the plans. */
  unknownFrom?: { step: number; method: MethodName };
}

const untouched = (facts: LayerFacts): LayerPlan => ({ facts, bytes: facts.bytes, encoding: facts.dtype });

/** What each step's weights matter to it, where that has been measured. */
type Scored = readonly (Scores | undefined)[];

interface Prefix {
  steps: readonly Step[];
  scores: Scored;
  plans: LayerPlan[];
}

/** The last few prefixes of recipes over the last layers: a drag changes one step, and those before it need no second look. */
const DEPTH = 8;
let cached: { layers: readonly LayerFacts[]; none: LayerPlan[]; prefixes: Prefix[] } | undefined;

/** The longest kept prefix of these steps. Steps are compared by identity: every change makes a new object of the step it changes. */
function kept(steps: readonly Step[], scores: Scored): { at: number; plans: LayerPlan[] } {
  let best = { at: 0, plans: cached!.none };
  for (const p of cached!.prefixes) {
    const n = p.steps.length;
    const same = () => p.steps.every((s, i) => s === steps[i] && p.scores[i] === scores[i]);
    if (n <= steps.length && n > best.at && same()) best = { at: n, plans: p.plans };
  }
  return best;
}

/** The last plans that were given scores: those before a step that is dragged are the same in every frame. */
let given: { plans: LayerPlan[]; scores: Scores; scored: LayerPlan[] } | undefined;

/** The plans as a step sees them. */
function seenBy(step: Step, plans: LayerPlan[], scores: Scores | undefined): LayerPlan[] {
  if (!scores && !plans.some((p) => p.facts.scores)) return plans;
  if (scores && given?.plans === plans && given.scores === scores) return given.scored;
  const scored = plans.map((p) => ({ ...p, facts: scoredLayer(p.facts, String(step.importance), scores) }));
  if (scores) given = { plans, scores, scored };
  return scored;
}

/**
 * Each method's forecast in order, without touching a weight. A method without a forecast ends it, since everything after would stand on
 * guesses. What runs here a frame at a time is the engine's own code, so that forecast and run decide alike.
 * @param scores by step, as far as they have been measured
 */
export function plansOf(layers: readonly LayerFacts[], recipe: Recipe, scores: Scored = []): Plans {
  if (cached?.layers !== layers) cached = { layers, none: layers.map(untouched), prefixes: [] };
  const { steps } = recipe;
  const start = kept(steps, scores);
  let { plans } = start;
  for (let step = start.at; step < steps.length; step++) {
    const method = specs.find((m) => m.name === steps[step].method);
    const foreseen = !plans.some((p) => p.remade) && (method?.isForeseen?.(steps[step]) ?? true);
    if (!method?.forecast || !foreseen) return { plans, unknownFrom: { step, method: steps[step].method } };
    plans = method.forecast(seenBy(steps[step], plans, scores[step]), steps[step]);
    const prefix = { steps: steps.slice(0, step + 1), scores: scores.slice(0, step + 1), plans };
    cached.prefixes = [prefix, ...cached.prefixes].slice(0, DEPTH);
  }
  return { plans };
}
