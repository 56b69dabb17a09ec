import { DataType, type NodeProto } from '../../../onnx/proto.ts';
import { readFloats } from '../../../onnx/tensor.ts';
import { adjustWeightScale, quantizeBias } from '../bias.ts';
import type { Quantized, Walk } from './walk.ts';

/**
 * The bias of a Conv or Gemm as int32 initializer, at the scale of its input times that of its weight, which is widened first
 * where the bias would not fit: onnx_quantizer.py, `quantize_bias_static`.
 * @returns its name
 */
export async function biasOf(walk: Walk, n: NodeProto, input: Quantized, weight: Quantized, beta = 1): Promise<string> {
  const { wiring, options } = walk.scope;
  const name = n.input[2];
  // The reference quantizes a bias once, with the scale of the first node that has it.
  const known = options.exact ? walk.find(name) : undefined;
  if (known) return known.q;
  const tensor = wiring.initializer(name)!;
  const inputScale = wiring.initializer(input.scale)!;
  const [x] = await readFloats(inputScale);
  const p = weight.parameters;
  if (p?.type === 'QInt8' && p.zeroPoint.every((z) => z === 0) && options.weightType === 'QInt8') {
    const half = tensor.dataType === DataType.FLOAT16;
    const perChannel = options.perChannel && p.perChannel;
    if (await adjustWeightScale(p, x, tensor, perChannel, half)) walk.rescale(wiring.initializer(n.input[1])!, weight);
  }
  const weightScale = wiring.initializer(weight.scale)!;
  const allHalf = inputScale.dataType === DataType.FLOAT16 && weightScale.dataType === DataType.FLOAT16;
  const names = {
    q: walk.scope.name(`${name}_quantized`),
    scale: walk.scope.name(`${name}_quantized_scale`),
    zeroPoint: walk.scope.name(`${name}_quantized_zero_point`),
  };
  const made = await quantizeBias(tensor, x, await readFloats(weightScale), beta, allHalf, names);
  const value = { q: walk.put(made.q), scale: walk.put(made.scale), zeroPoint: walk.put(made.zeroPoint) };
  walk.set(name, made.channels > 1 ? { ...value, axis: 0 } : value);
  return value.q;
}
