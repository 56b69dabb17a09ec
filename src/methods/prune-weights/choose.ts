import { checkCancelled } from '../../base/progress.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { listWeights, type Weight } from '../../onnx/weights.ts';
import { factsOf, isEligible, unknownLayers } from '../layers.ts';
import type { LayerFacts, MethodContext } from '../types.ts';
import { type Decision, decide } from './decide.ts';
import type { PruneWeightsOptions } from './options.ts';

/** A weight that is pruned, and how. */
export interface Chosen {
  readonly weight: Weight;
  readonly facts: LayerFacts;
  readonly sketch: Sketch;
  readonly decision: Decision;
}

/** The weights that the options are about, in file order; notes say why others are left. */
export async function chooseWeights(model: Model, options: PruneWeightsOptions, ctx: MethodContext): Promise<Chosen[]> {
  const opset = opsetOf(model);
  const weights = listWeights(model.proto);
  for (const name of unknownLayers(weights, options.layers)) {
    ctx.note({ step: ctx.step, key: 'unknown-layer', values: { tensor: name } });
  }
  const chosen: Chosen[] = [];
  for (const weight of weights) {
    checkCancelled(ctx.signal);
    const bare = factsOf(weight, opset);
    if (!isEligible(bare)) continue;
    const sketch = await ctx.sketch(weight);
    const facts = { ...bare, sketch };
    const decision = decide(facts, options);
    if (decision.kind !== 'skip') chosen.push({ weight, facts, sketch, decision });
    else if (decision.reason) ctx.note({ step: ctx.step, key: decision.reason, values: { tensor: weight.id } });
  }
  return chosen;
}
