import { attr } from '../../onnx/attributes.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { copyWith, DataType, type NodeProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor } from '../../onnx/tensor.ts';
import { MICROSOFT } from '../ort/graphs.ts';
import { lstm } from './lstm.ts';
import type { Quantized, Rule, Walk } from './walk.ts';

/** What becomes of each operator: onnxruntime/quantization/operators, the classes of `IntegerOpsRegistry`. */
export const RULES: Readonly<Record<string, Rule>> = {
  MatMul: matMul,
  Conv: conv,
  Gather: gather,
  Transpose: transposeRule,
  Attention: attention,
  EmbedLayerNormalization: embedLayerNormalization,
  LSTM: lstm,
};

/** A name for what belongs to a node; nothing for one without a name. */
const suffixed = (n: NodeProto, suffix: string) => (n.name ? n.name + suffix : '');
const named = (name: string) => (name ? { name } : {});

function matMul(walk: Walk, n: NodeProto): boolean {
  const [a, b] = n.input;
  if (!walk.isFloat(b) && !walk.isFloat(a)) return false;
  if (walk.shared.options.matMulConstBOnly && !walk.edit.find(b)) return false;
  const left = walk.quantize(a, { as: 'activation' });
  const right = walk.quantize(b, { as: 'weight', reduceRange: true, axis: -1 });
  const product = `${n.output[0]}_output_quantized`;
  walk.emit(
    makeNode(
      'MatMulInteger',
      [left.q, right.q, left.zeroPoint, right.zeroPoint],
      [product],
      {},
      named(suffixed(n, '_quant')),
    ),
  );
  rescale(walk, n, left, right, n.output[0]);
  return true;
}

/** The int32 product as float, times both scales. */
function rescale(walk: Walk, n: NodeProto, left: Quantized, right: Quantized, output: string): void {
  const product = `${n.output[0]}_output_quantized`;
  const to = walk.typeOf(n.output[0], n.input[1]);
  walk.emit(makeNode('Cast', [product], [`${product}_cast_output`], { to }, { name: `${product}_cast` }));
  // Without a node name the product of two scales goes by theirs, and is made once.
  const scales = suffixed(n, '_quant_scales_mul') || `${left.scale}_${right.scale}_mul`;
  let both = walk.emitted(scales)?.output[0];
  if (!both) {
    both = `${scales}:0`;
    walk.emit(makeNode('Mul', [left.scale, right.scale], [both], {}, { name: scales }));
  }
  const name = suffixed(n, '_quant_output_scale_mul');
  walk.emit(makeNode('Mul', [`${product}_cast_output`, both], [output], {}, named(name)));
}

function conv(walk: Walk, n: NodeProto): boolean {
  const [x, w, bias] = n.input;
  if (!walk.isFloat(x)) return false;
  const weight = walk.edit.initializer(w);
  // The bias is spread over the rank of the weight, which must be known.
  if (bias && !weight) return false;
  const left = walk.quantize(x, { as: 'activation' });
  const right = walk.quantize(w, { as: 'weight', reduceRange: true });
  const [y] = n.output;
  const integer = makeNode(
    'ConvInteger',
    [left.q, right.q, left.zeroPoint, right.zeroPoint],
    [`${y}_output_quantized`],
    {},
    named(suffixed(n, '_quant')),
  );
  walk.emit(copyWith(integer, { attribute: n.attribute }));
  rescale(walk, n, left, right, bias ? `${y}quant_scaled_output` : y);
  if (bias) {
    const shape = `${y}_bias_reshape_shape`;
    const rank = dimsOf(weight!).length;
    const dims = BigInt64Array.from({ length: rank }, (_, i) => (i === 1 ? -1n : 1n));
    walk.edit.add(makeTensor(shape, DataType.INT64, [rank], dims));
    walk.dequantize(bias);
    walk.emit(
      makeNode('Reshape', [bias, shape], [`${y}_bias_reshape_output`]),
      makeNode('Add', [`${y}quant_scaled_output`, `${y}_bias_reshape_output`], [y], {}, { name: `${y}_bias_add` }),
    );
  }
  return true;
}

function gather(walk: Walk, n: NodeProto): boolean {
  if (!walk.floatConstant(n.input[0])) return false;
  walk.passThrough(n, walk.quantize(n.input[0], { as: 'activation' }));
  return true;
}

function transposeRule(walk: Walk, n: NodeProto): boolean {
  const [x] = n.input;
  if (!walk.isFloat(x)) return false;
  if (walk.shared.options.forceQuantizeNoInputCheck) {
    if (!walk.floatConstant(x)) return false;
    walk.passThrough(n, walk.quantize(x, { as: 'activation' }));
    return true;
  }
  const quantized = walk.findQuantized(x);
  if (quantized) walk.passThrough(n, quantized);
  else walk.emit(n);
  return true;
}

function attention(walk: Walk, n: NodeProto): boolean {
  if (attr(n, 'qkv_hidden_sizes')) return false;
  const x = walk.quantize(n.input[0], { as: 'activation' });
  const w = walk.quantize(n.input[1], { as: 'weight', reduceRange: true, axis: -1 });
  const inputs = [
    x.q,
    w.q,
    n.input[2] ?? '',
    x.scale,
    w.scale,
    n.input[3] ?? '',
    x.zeroPoint,
    w.zeroPoint,
    n.input[4] ?? '',
  ];
  emitMicrosoft(walk, n, 'QAttention', inputs);
  return true;
}

function embedLayerNormalization(walk: Walk, n: NodeProto): boolean {
  if (n.output.length > 2) return false;
  const five = [2, 3, 4, 5, 6].map((i) => walk.quantize(n.input[i] ?? '', { as: 'activation' }));
  const inputs = [
    n.input[0],
    n.input[1] ?? '',
    ...five.map((v) => v.q),
    n.input[7] ?? '',
    ...five.map((v) => v.scale),
    ...five.map((v) => v.zeroPoint),
  ];
  emitMicrosoft(walk, n, 'QEmbedLayerNormalization', inputs);
  return true;
}

/** A node of ONNX Runtime's own domain in place of `n`, whose outputs and attributes it keeps. */
function emitMicrosoft(walk: Walk, n: NodeProto, op: string, inputs: readonly string[]): void {
  const made = makeNode(op, inputs, n.output, {}, { ...named(suffixed(n, '_quant')), domain: MICROSOFT });
  walk.emit(copyWith(made, { attribute: n.attribute }));
}
