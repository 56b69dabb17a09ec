import { attr } from '../../onnx/attributes.ts';
import { attribute } from '../../onnx/build.ts';
import {
  type AttributeProto,
  copyWith,
  DataType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { clampedHalves } from './convert.ts';
import type { Float16Options } from './options.ts';

const { FLOAT, FLOAT16 } = DataType;
/** Operators that say in `dtype` what they make, and those among them that make float32 when they do not say. */
const DTYPE_OPS = new Set([
  'EyeLike',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
  'SequenceEmpty',
  'Bernoulli',
]);
const DTYPE_DEFAULTS = new Set(['RandomNormal', 'RandomUniform', 'SequenceEmpty']);

/**
 * A converted node's attributes: what it says of types, tensors inside, bodies.
 * @param halve makes a tensor float16 @param body converts a graph
 */
export function convertAttributes(
  n: NodeProto,
  options: Float16Options,
  halve: (t: TensorProto) => TensorProto,
  body: (g: GraphProto) => GraphProto,
): NodeProto {
  const as16 = (name: string) => (a: AttributeProto) =>
    a.name === name && a.i === BigInt(FLOAT) ? copyWith(a, { i: BigInt(FLOAT16) }) : a;
  let list = n.attribute;
  if (n.opType === 'Cast') list = list.map(as16('to'));
  if (DTYPE_OPS.has(n.opType)) {
    list = list.map(as16('dtype'));
    if (DTYPE_DEFAULTS.has(n.opType) && !attr(n, 'dtype')) list = [...list, attribute('dtype', FLOAT16)];
  }
  const half = (t: TensorProto) => (t.dataType === FLOAT ? halve(t) : t);
  list = list.map((a) => {
    if (a.t) return a.t.dataType === FLOAT ? copyWith(a, { t: half(a.t) }) : a;
    if (a.tensors.length) return copyWith(a, { tensors: a.tensors.map(half) });
    if (a.g) return copyWith(a, { g: body(a.g) });
    return a.graphs.length ? copyWith(a, { graphs: a.graphs.map(body) }) : a;
  });
  if (n.opType === 'Constant' && !options.referenceTraps) list = list.map((a) => floatConstant(a, options));
  return list.every((a, i) => a === n.attribute[i]) && list.length === n.attribute.length
    ? n
    : copyWith(n, { attribute: list });
}

/** Constant's value_float and value_floats are float32 by definition: a tensor takes their place. */
function floatConstant(a: AttributeProto, options: Float16Options): AttributeProto {
  if (a.name !== 'value_float' && a.name !== 'value_floats') return a;
  const values = a.name === 'value_float' ? Float32Array.of(a.f) : Float32Array.from(a.floats);
  const clamp = { min: options.minPositiveVal, max: options.maxFiniteVal };
  const dims = a.name === 'value_float' ? [] : [values.length];
  return attribute('value', {
    tensor: makeTensor('', FLOAT16, dims, clampedHalves(new Uint32Array(values.buffer), clamp)),
  });
}
