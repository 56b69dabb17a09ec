import { attr, attrFloat, attrInt, attrString } from '../../../onnx/attributes.ts';
import { copyWith, DataType, type NodeProto } from '../../../onnx/proto.ts';
import { readFloats } from '../../../onnx/tensor.ts';
import { SAME_SCALE } from '../registry.ts';
import { staysWithin } from '../removable.ts';
import type { Marks } from './marks.ts';

type Rule = (node: NodeProto, marks: Marks) => void | Promise<void>;

/** Marks the tensors of one node: the classes of onnxruntime/quantization/operators that the QDQ registry names. */
export function markNode(node: NodeProto, marks: Marks): void | Promise<void> {
  const rule = RULES[node.opType] ?? (SAME_SCALE.has(node.opType) ? sameScale : plain);
  return rule(node, marks);
}

function keepsOutput(node: NodeProto, { scope }: Marks): boolean {
  return scope.options.opTypesToExcludeOutputQuantization.includes(node.opType);
}

const outputs: Rule = (node, marks) => {
  if (!keepsOutput(node, marks)) for (const name of node.output) marks.activation(name);
};

const plain: Rule = (node, marks) => {
  for (const name of node.input) marks.activation(name);
  return outputs(node, marks);
};

const conv: Rule = (node, marks) => {
  const [x, w, b] = node.input;
  marks.activation(x);
  if (!keepsOutput(node, marks)) marks.activation(node.output[0]);
  marks.weight(w, node.opType === 'Conv' ? 0 : 1);
  if (b) marks.bias(node, b);
};

const gemm: Rule = (node, marks) => {
  const [a, b, c] = node.input;
  marks.activation(a);
  if (!keepsOutput(node, marks)) marks.activation(node.output[0]);
  marks.weight(b, attrInt(node, 'transB', 0) ? 0 : 1);
  if (!c || !marks.scope.wiring.initializer(c)) return;
  const beta = attrFloat(node, 'beta', 1);
  marks.bias(node, c, beta);
  // The reference's trap: the bias keeps its size, and beta is forgotten. Pare has folded it before (`foldGemms`).
  const given = attr(node, 'beta');
  if (given && beta !== 1) {
    node.attribute = node.attribute.map((x) => (x === given ? copyWith(x, { f: 1 }) : x));
  }
};

const matMul: Rule = (node, marks) => {
  const { scope } = marks;
  for (const name of node.input) {
    const tensor = scope.wiring.initializer(name);
    // The reference says 1, which is the column axis of matrices only.
    if (tensor) marks.weight(name, scope.options.exact ? 1 : Math.max(0, tensor.dims.length - 1), 'MatMul');
    else marks.activation(name);
  }
  return outputs(node, marks);
};

const normalization: Rule = (node, marks) => {
  const [x, scale, b] = node.input;
  marks.activation(x);
  if (marks.scope.wiring.initializer(scale)) marks.weight(scale, 1, node.opType);
  else marks.activation(scale);
  if (b) marks.bias(node, b);
  return outputs(node, marks);
};

const removable: Rule = async (node, marks) => {
  const { scope } = marks;
  const { options, wiring, parameters } = scope;
  const [input] = node.input;
  const [output] = node.output;
  if (!marks.has(input)) return;
  const mayGo =
    !options.activationSymmetric &&
    !options.qdqKeepRemovableActivations &&
    parameters.has(output) &&
    !parameters.get(output)!.converted &&
    parameters.has(input) &&
    !parameters.get(input)!.converted &&
    wiring.readerCount(input) === 1 &&
    !wiring.isGraphOutput(input) &&
    !wiring.isGraphInput(input);
  if (mayGo && (options.exact || (await staysWithin(node, parameters.get(output)!.original, scope)))) {
    marks.replaceUpstream(input, output);
    marks.removed.add(node);
  } else marks.activation(input);
  return outputs(node, marks);
};

const sameScale: Rule = (node, marks) => {
  const { scope } = marks;
  const [input] = node.input;
  if (node.opType === 'MaxPool' && scope.opset < 12) return;
  if (node.opType === 'Resize' && scope.opset < 11) return;
  if (scope.options.forceQuantizeNoInputCheck) marks.activation(input);
  else if (!marks.has(input)) return;
  if (!keepsOutput(node, marks)) marks.same(node.output[0], input, node);
};

const split: Rule = (node, marks) => {
  const [input] = node.input;
  if (!marks.has(input)) marks.activation(input);
  if (!keepsOutput(node, marks)) for (const name of node.output) marks.same(name, input, node);
};

const gather: Rule = (node, marks) => {
  const { wiring, options } = marks.scope;
  const [input] = node.input;
  const constant = wiring.initializer(input) !== undefined && marks.scope.isFloat(input);
  if (constant || options.forceQuantizeNoInputCheck) marks.activation(input);
  else if (!marks.has(input)) return;
  marks.same(node.output[0], input, node);
};

const where: Rule = (node, marks) => {
  const values = node.input.slice(1, 3);
  if (marks.scope.options.forceQuantizeNoInputCheck) {
    for (const name of values) if (!marks.has(name)) marks.activation(name);
  } else if (!values.every((name) => marks.has(name))) return;
  return outputs(node, marks);
};

const pad: Rule = async (node, marks) => {
  for (const name of node.input) if (name) marks.activation(name);
  if (keepsOutput(node, marks)) return;
  if (await padsWithinScale(node, marks)) marks.same(node.output[0], node.input[0], node);
  else marks.activation(node.output[0]);
};

/** Whether all that Pad adds is a value of its input, or 0, which every scale has. */
async function padsWithinScale(node: NodeProto, { scope }: Marks): Promise<boolean> {
  const mode = attrString(node, 'mode', 'constant');
  if (mode === 'reflect' || mode === 'edge' || mode === 'wrap') return true;
  if (mode !== 'constant' || scope.typeOf(node.input[0]) === undefined) return false;
  if (scope.opset < 11) return attrFloat(node, 'value', 0) === 0;
  const value = node.input[2];
  if (!value) return scope.isFloat(node.input[0]);
  const tensor = scope.wiring.constant(value);
  if (!tensor || (tensor.dataType !== DataType.FLOAT && tensor.dataType !== DataType.FLOAT16)) return false;
  return (await readFloats(tensor))[0] === 0;
}

const RULES: Readonly<Record<string, Rule>> = {
  Conv: conv,
  ConvTranspose: conv,
  Gemm: gemm,
  MatMul: matMul,
  InstanceNormalization: normalization,
  LayerNormalization: normalization,
  BatchNormalization: normalization,
  Relu: removable,
  Clip: removable,
  Split: split,
  Gather: gather,
  GatherElements: gather,
  Where: where,
  Pad: pad,
};
