import type { Model } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import { withGraph, withoutUnused } from '../../ort/graphs.ts';
import { adjustWeightScale } from '../bias.ts';
import { type InitializerParameters, initializerParameters, specOf } from '../initializers.ts';
import { isNew, typesOf } from '../parameters.ts';
import type { Scope } from '../scope.ts';
import { Emitter } from './emit.ts';
import { Marks } from './marks.ts';
import { markNode } from './rules.ts';

/** The model with QuantizeLinear and DequantizeLinear around its quantized tensors: qdq_quantizer.py, `quantize_model`. */
export async function quantizeQDQ(model: Model, scope: Scope): Promise<Model> {
  const { options, wiring } = scope;
  const marks = new Marks(scope);
  for (const node of [...wiring.list()]) {
    if (!scope.shouldQuantize(node)) continue;
    await markNode(node, marks);
    for (const name of node.input) {
      const list = marks.receivers.get(name);
      if (list) list.push(node);
      else marks.receivers.set(name, [node]);
    }
  }
  const initializers = await markedInitializers(marks);
  if (!options.qdqDisableWeightAdjustForInt32Bias) await adjustForBiases(marks, initializers);
  const microsoft = options.useQDQContribOps || (scope.opset < 21 && [...typesOf(options)].some(isNew));
  await new Emitter(marks, initializers, microsoft).run();
  const graph = wiring.finish();
  return withGraph(model, options.addQDQPairToWeight ? graph : withoutUnused(graph));
}

async function markedInitializers({ scope, tensors }: Marks): Promise<Map<string, InitializerParameters>> {
  const { options, wiring, work } = scope;
  const out = new Map<string, InitializerParameters>();
  for (const [name, mark] of tensors) {
    const tensor = wiring.initializer(name);
    if (!tensor) continue;
    const own = options.tensorQuantOverrides[name] ?? [];
    const spec = specOf(own, mark.weight, mark.axis, options);
    out.set(name, await initializerParameters(tensor, spec, own, options.minimumRealRange, work));
  }
  return out;
}

/** `_adjust_weight_quant_params_for_bias_tensors`. */
async function adjustForBiases(marks: Marks, initializers: ReadonlyMap<string, InitializerParameters>): Promise<void> {
  const { parameters, wiring } = marks.scope;
  for (const [name, bias] of marks.biases) {
    const input = parameters.get(bias.input);
    const weight = initializers.get(bias.weight);
    if (!input || !marks.tensors.has(bias.input) || !weight) continue;
    if (weight.type !== 'QInt8' && weight.type !== 'QInt16') continue;
    if (weight.grouping.granularity === 'block' || weight.zeroPoint.some((z) => z !== 0)) continue;
    const { original, converted, receivers } = input;
    const seen = converted && (!receivers || receivers.has(bias.node)) ? converted : original;
    const half = wiring.initializer(bias.weight)?.dataType === DataType.FLOAT16;
    await adjustWeightScale(weight, seen.scale, wiring.initializer(name)!, weight.perChannel, half);
  }
}
