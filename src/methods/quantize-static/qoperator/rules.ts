import { attrFloat, attrInt } from '../../../onnx/attributes.ts';
import { attribute, node as makeNode } from '../../../onnx/build.ts';
import { type AttributeProto, copyWith, type NodeProto } from '../../../onnx/proto.ts';
import { QUANT } from '../../ort/arithmetic.ts';
import { MICROSOFT } from '../../ort/graphs.ts';
import { staysWithin } from '../removable.ts';
import { biasOf } from './bias.ts';
import { direct, gather, pad, split } from './moving.ts';
import { ACTIVATION, isFloatIn, named, type Quantized, type Rule, type Walk } from './walk.ts';

const three = ({ q, scale, zeroPoint }: Quantized) => [q, scale, zeroPoint];

/** An operator of integers in place of `n`, whose output is remembered in its quantized form. */
function emitInteger(
  walk: Walk,
  n: NodeProto,
  op: string,
  inputs: readonly string[],
  out: Pick<Quantized, 'scale' | 'zeroPoint'>,
  attributes: readonly AttributeProto[] = n.attribute,
  domain: string = MICROSOFT,
): true {
  const [y] = n.output;
  const q = walk.scope.name(`${y}_quantized`);
  walk.set(y, { q, ...out });
  const made = makeNode(op, inputs, [q], {}, { ...named(n), ...(domain && { domain }) });
  walk.emit(copyWith(made, { attribute: [...attributes] }));
  return true;
}

const conv: Rule = async (walk, n) => {
  const [x, w, b] = n.input;
  if (!walk.can(x, w) || !canBias(walk, b)) return false;
  const out = walk.output(n.output[0]);
  if (!out) return false;
  const left = await walk.quantize(x, ACTIVATION);
  const right = await walk.quantize(w, { as: 'weight', reduceRange: true, axis: 0, type: 'QInt8' });
  const bias = b ? [await biasOf(walk, n, left, right)] : [];
  const inputs = [...three(left), ...three(right), out.scale, out.zeroPoint, ...bias];
  return emitInteger(walk, n, 'QLinearConv', inputs, out, n.attribute, '');
};

function canBias(walk: Walk, bias: string | undefined): boolean {
  return !bias || walk.scope.wiring.initializer(bias) !== undefined;
}

/** MatMul and Gemm ask for more: a constant weight, if the options say so. */
function wantsMatMul(walk: Walk, n: NodeProto): boolean {
  const { options, wiring } = walk.scope;
  const [a, b] = n.input;
  if (options.matMulConstBOnly && !wiring.initializer(b)) return false;
  return (walk.scope.isFloat(b) || walk.scope.isFloat(a)) && walk.can(a, b);
}

const matMul: Rule = async (walk, n) => {
  if (!wantsMatMul(walk, n)) return false;
  const out = walk.output(n.output[0]);
  if (!out) return false;
  const left = await walk.quantize(n.input[0], ACTIVATION);
  const right = await walk.quantize(n.input[1], { as: 'weight', reduceRange: true, axis: -1 });
  return emitInteger(
    walk,
    n,
    'QLinearMatMul',
    [...three(left), ...three(right), out.scale, out.zeroPoint],
    out,
    [],
    '',
  );
};

const gemm: Rule = async (walk, n) => {
  const [a, b, c] = n.input;
  if (!wantsMatMul(walk, n) || !canBias(walk, c)) return false;
  const out = walk.output(n.output[0]);
  if (!out) return false;
  const left = await walk.quantize(a, ACTIVATION);
  const axis = attrInt(n, 'transB', 0) ? 0 : 1;
  const right = await walk.quantize(b, { as: 'weight', reduceRange: true, axis });
  const bias = c ? await biasOf(walk, n, left, right, attrFloat(n, 'beta', 1)) : '';
  const inputs = [...three(left), ...three(right), bias, out.scale, out.zeroPoint];
  return emitInteger(
    walk,
    n,
    'QGemm',
    inputs,
    out,
    n.attribute.filter((x) => x.name !== 'beta'),
  );
};

/** The first inputs as activations, then the output: `QLinear` and the operator's name. */
function elementwise(count: number): Rule {
  return async (walk, n) => {
    const names = n.input.slice(0, count);
    if (!isFloatIn(walk, n) || !walk.can(...names)) return false;
    const nnapi = n.opType === 'Sigmoid' && walk.scope.options.sigmoidNnapi;
    const out = walk.output(n.output[0], nnapi ? { scale: 1 / 256, zeroPoint: 0 } : undefined);
    if (!out) return false;
    const inputs: string[] = [];
    for (const name of names) inputs.push(...three(await walk.quantize(name, ACTIVATION)));
    return emitInteger(walk, n, `QLinear${n.opType}`, [...inputs, out.scale, out.zeroPoint], out);
  };
}

const softmax: Rule = async (walk, n) => {
  if (!isFloatIn(walk, n) || !walk.can(n.input[0])) return false;
  const { activationType } = walk.scope.options;
  const out = walk.output(n.output[0], { scale: 1 / 256, zeroPoint: QUANT[activationType].full[0] });
  if (!out) return false;
  const x = await walk.quantize(n.input[0], ACTIVATION);
  const attributes = [...n.attribute, attribute('opset', walk.scope.opset)];
  return emitInteger(walk, n, 'QLinearSoftmax', [...three(x), out.scale, out.zeroPoint], out, attributes);
};

const removable: Rule = async (walk, n) => {
  if (!isFloatIn(walk, n)) return false;
  const x = walk.find(n.input[0]);
  const { options, parameters } = walk.scope;
  if (!x || options.activationSymmetric) return false;
  const p = parameters.get(n.input[0])?.original;
  if (!options.exact && !(p && (await staysWithin(n, p, walk.scope)))) return false;
  walk.set(n.output[0], x);
  return true;
};

const globalAveragePool: Rule = (walk, n) => {
  const x = walk.find(n.input[0]);
  if (!isFloatIn(walk, n) || !x) return false;
  const out = walk.output(n.output[0]) ?? x;
  const attributes = [...n.attribute, attribute('channels_last', 0)];
  const { scale, zeroPoint } = out;
  return emitInteger(
    walk,
    n,
    'QLinearGlobalAveragePool',
    [...three(x), scale, zeroPoint],
    { scale, zeroPoint },
    attributes,
  );
};

const concat: Rule = async (walk, n) => {
  if (!isFloatIn(walk, n) || !walk.can(...n.input)) return false;
  const out = walk.output(n.output[0]);
  if (!out) return false;
  const inputs = [out.scale, out.zeroPoint];
  for (const name of n.input) inputs.push(...three(await walk.quantize(name, ACTIVATION)));
  return emitInteger(walk, n, 'QLinearConcat', inputs, out);
};

const where: Rule = async (walk, n) => {
  const { forceQuantizeNoInputCheck, exact } = walk.scope.options;
  if (!forceQuantizeNoInputCheck) {
    // The reference's trap: what it takes may exist only quantized.
    if (exact) walk.emit(n);
    return exact;
  }
  const [condition, a, b] = n.input;
  if (!walk.can(a, b)) return false;
  const out = walk.output(n.output[0]);
  if (!out) return false;
  const [left, right] = [await walk.quantize(a, ACTIVATION), await walk.quantize(b, ACTIVATION)];
  const inputs = [condition, ...three(left), ...three(right), out.scale, out.zeroPoint];
  return emitInteger(walk, n, 'QLinearWhere', inputs, out);
};

const argMax: Rule = (walk, n) => {
  if (!isFloatIn(walk, n)) return false;
  const x = walk.find(n.input[0]);
  walk.emit(x ? copyWith(n, { input: [x.q, ...n.input.slice(1)] }) : n);
  return true;
};

const embedLayerNormalization: Rule = async (walk, n) => {
  const five = [2, 3, 4, 5, 6].map((i) => n.input[i] ?? '');
  if (n.output.length > 2 || !walk.can(...five.filter((name) => name))) return false;
  const values: Quantized[] = [];
  for (const name of five) values.push(await walk.quantize(name, ACTIVATION));
  const inputs = [
    n.input[0],
    n.input[1] ?? '',
    ...values.map((v) => v.q),
    n.input[7] ?? '',
    ...values.map((v) => v.scale),
    ...values.map((v) => v.zeroPoint),
  ];
  const made = makeNode('QEmbedLayerNormalization', inputs, n.output, {}, { ...named(n), domain: MICROSOFT });
  walk.emit(copyWith(made, { attribute: n.attribute }));
  return true;
};

/** What becomes of each operator: the classes of `QLinearOpsRegistry`. */
export const RULES: Readonly<Record<string, Rule>> = {
  Conv: conv,
  MatMul: matMul,
  Gemm: gemm,
  Add: elementwise(2),
  Mul: elementwise(2),
  LeakyRelu: elementwise(1),
  Sigmoid: elementwise(1),
  AveragePool: elementwise(1),
  Softmax: softmax,
  Relu: removable,
  Clip: removable,
  GlobalAveragePool: globalAveragePool,
  Concat: concat,
  Split: split,
  Pad: pad,
  MaxPool: direct,
  Reshape: direct,
  Transpose: direct,
  Squeeze: direct,
  Unsqueeze: direct,
  Flatten: direct,
  Resize: direct,
  Gather: gather,
  Where: where,
  ArgMax: argMax,
  EmbedLayerNormalization: embedLayerNormalization,
};
