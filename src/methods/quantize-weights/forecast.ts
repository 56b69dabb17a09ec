import type { Sketch } from '../../kernels/sketch.ts';
import { evaluatePlan } from '../plan.ts';
import type { LayerFacts, LayerPlan, Quantizer } from '../types.ts';
import { type Decision, decide, opsetFor } from './decide.ts';
import type { QuantizeWeightsOptions } from './options.ts';
import { scaleAndZero, uniformOf } from './parameters.ts';

/** What a step does to a layer, whatever came before. */
type Outcome = Pick<LayerPlan, 'quantizer' | 'bytes' | 'encoding'> & { overhead: number };

/** The last outcome of each layer: while a slider of another step moves, this one's are looked up. */
const outcomes = new WeakMap<LayerFacts, { options: QuantizeWeightsOptions; outcome: Outcome | undefined }>();

/** The plans with a quantizer each, and the bytes that the encoding takes to the byte. */
export function forecastQuantizeWeights(plans: LayerPlan[], options: QuantizeWeightsOptions): LayerPlan[] {
  return plans.map((plan) => {
    // What is integers already is no float weight any more; float16 still is one.
    if (plan.quantizer && plan.quantizer.kind !== 'float16') return plan;
    const outcome = outcomeFor(plan, options);
    return outcome ? { ...plan, ...outcome, overhead: (plan.overhead ?? 0) + outcome.overhead } : plan;
  });
}

function outcomeFor(plan: LayerPlan, options: QuantizeWeightsOptions): Outcome | undefined {
  if (plan.quantizer) {
    return outcomeOf(plan, { ...plan.facts, dtype: 'float16', bytes: plan.bytes }, options);
  }
  const last = outcomes.get(plan.facts);
  if (last?.options === options) return last.outcome;
  const outcome = outcomeOf(plan, plan.facts, options);
  outcomes.set(plan.facts, { options, outcome });
  return outcome;
}

function outcomeOf(plan: LayerPlan, facts: LayerFacts, options: QuantizeWeightsOptions): Outcome | undefined {
  const decision = decide(facts, options, opsetFor(facts.opset ?? 17, options));
  if (decision.kind === 'skip') return undefined;
  const quantizer = quantizerOf(plan, decision);
  const { draft, encoding } = decision;
  return { ...(quantizer && { quantizer }), bytes: draft.bytes, overhead: draft.overhead(facts.name), encoding };
}

function quantizerOf(plan: LayerPlan, decision: Exclude<Decision, { kind: 'skip' }>): Quantizer | undefined {
  if (decision.kind === 'half') return { kind: 'float16' };
  const { layout } = decision;
  if (decision.kind === 'codebook') {
    const granularity = decision.layout.axis === undefined ? 'tensor' : 'channel';
    return { kind: 'codebook', levels: 2 ** layout.bits, granularity };
  }
  const { sketch } = plan.facts;
  if (!sketch) return undefined;
  const { bits, granularity, block } = decision.layout;
  const plain = { zeroPoint: 0, offset: 0, clip: 1, sign: false, stepped: false };
  const common = { kind: 'affine', bits, granularity, block, ...plain } as const;
  if (decision.scheme === 'article') {
    const steps = 2 ** bits;
    const scale = (sketch.max - sketch.min) / steps;
    return { ...common, stepped: true, scale, offset: sketch.min, qmin: 0, qmax: steps - 1 };
  }
  if (decision.layout.offset) return { ...common, sign: true, scale: 1, qmin: 0, qmax: 1 };
  const at = (clip: number): Quantizer => {
    const uniform = uniformOf(decision.scheme as 'symmetric' | 'asymmetric', bits);
    const { scale, zero } = scaleAndZero(sketch.min * clip, sketch.max * clip, uniform);
    return { ...common, scale, zeroPoint: zero, qmin: uniform.qmin, qmax: uniform.qmax, clip };
  };
  if (decision.range === 'minmax') return at(1);
  return at(bestClip(plan, sketch, at, `${decision.scheme} ${bits} ${granularity} ${block}`));
}

const known = new WeakMap<Sketch, Map<string, number>>();
/** Coarser than the run's own grid; between two of these the error hardly changes. */
const CLIPS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3];

const FAR = 4;

/** The clip ratio of the least error. Remembered, and found for the weight as it was before any threshold. */
function bestClip(plan: LayerPlan, sketch: Sketch, at: (clip: number) => Quantizer, key: string): number {
  const own = known.get(sketch) ?? new Map<string, number>();
  known.set(sketch, own);
  let best = own.get(key);
  if (best === undefined) {
    // Past its least the error rises for good once it has risen far; with several modes it may rise a little in between.
    let least = Number.POSITIVE_INFINITY;
    for (const clip of CLIPS) {
      const { noise } = evaluatePlan({ ...plan, threshold: undefined, lost: undefined, quantizer: at(clip) });
      if (noise > FAR * least) break;
      if (noise >= least) continue;
      least = noise;
      best = clip;
    }
    best ??= CLIPS[0];
    own.set(key, best);
  }
  return best;
}
