import type { Names } from '../../encodings/names.ts';
import { attrInt, attrInts } from '../../onnx/attributes.ts';
import { attribute } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import {
  type AttributeProto,
  copyWith,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../onnx/proto.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { Cut } from './decide.ts';

/** Where a weight is taken: the node, and the nodes in between that only carry or transpose it. */
export interface Place {
  readonly node: NodeProto;
  readonly carriers: readonly NodeProto[];
}

/** From IR version 4 on an initializer need not be an input too. */
const FREE_INITIALIZERS = 4n;
const MAX_CARRIERS = 64;

/** The one node that takes each weight as input 1, by the weights' ids; weights that stand elsewhere are missing. */
export function placesOf(model: Model, weights: readonly Weight[]): Map<string, Place> {
  const graph = mainGraph(model);
  const makers = new Map(graph.node.flatMap((n) => n.output.map((o) => [o, n] as const)));
  const wanted = new Map(weights.map((w) => [w.name, w]));
  const shown = new Set(graph.output.map((o) => o.name));
  const places = new Map<string, Place>();
  for (const node of graph.node) {
    if (!['MatMul', 'Gemm', 'Conv'].includes(node.opType) || node.domain) continue;
    const carriers: NodeProto[] = [];
    let name = node.input[1];
    for (
      let n = makers.get(name);
      n && n.opType !== 'Constant' && carriers.length < MAX_CARRIERS;
      n = makers.get(name)
    ) {
      if (n.opType !== 'Identity' && n.opType !== 'Transpose') break;
      carriers.push(n);
      name = n.input[0];
    }
    const weight = wanted.get(name);
    if (!weight || [name, ...carriers.map((c) => c.output[0])].some((v) => shown.has(v))) continue;
    // What a convolution takes must be the tensor as it is: a Transpose would move its axes.
    if (node.opType === 'Conv' && carriers.some((c) => c.opType === 'Transpose')) continue;
    places.set(weight.id, { node, carriers });
  }
  return places;
}

/** The two nodes in place of one, as tensors of these names. */
export function twoNodes(node: NodeProto, cut: Cut, first: string, second: string, names: Names): NodeProto[] {
  const inner = names.fresh(`${first}_inner`);
  const [x, , bias] = node.input;
  const name = node.name && `${node.name}_first`;
  const before = { name, input: [x, first], output: [inner] };
  const after = { input: bias ? [inner, second, bias] : [inner, second] };
  const without = (...gone: string[]) => node.attribute.filter((a) => !gone.includes(a.name));
  if (node.opType === 'MatMul') return [copyWith(node, before), copyWith(node, after)];
  if (node.opType === 'Gemm') {
    // α multiplies the product, and β the bias, at the last.
    return [
      copyWith(node, { ...before, attribute: node.attribute.filter((a) => a.name === 'transA') }),
      copyWith(node, { ...after, attribute: without('transA', 'transB') }),
    ];
  }
  if (cut.kind === 'channel') {
    const spatial = attrInts(node, 'kernel_shape')?.length;
    const group = attrInt(node, 'group', 1);
    const ones = spatial === undefined ? [] : [attribute('kernel_shape', new Array(spatial).fill(1))];
    const second = [...ones, ...(group > 1 ? [attribute('group', group)] : [])];
    return [copyWith(node, before), copyWith(node, { ...after, attribute: second })];
  }
  return [
    copyWith(node, { ...before, attribute: alongAxis(node, 0) }),
    copyWith(node, { ...after, attribute: alongAxis(node, 1) }),
  ];
}

/** The attributes of a 2-D convolution along one axis; along the other it does nothing. */
function alongAxis(node: NodeProto, axis: 0 | 1): AttributeProto[] {
  return node.attribute.map((a) => {
    if (!['kernel_shape', 'strides', 'dilations', 'pads'].includes(a.name)) return a;
    const idle = a.name === 'pads' ? 0n : 1n;
    return copyWith(a, { ints: a.ints.map((v, i) => (i % 2 === axis ? v : idle)) });
  });
}

/** A weight's two tensors, and the nodes that take them. */
export interface Replaced {
  readonly weight: Weight;
  readonly place: Place;
  readonly tensors: readonly TensorProto[];
  readonly nodes: readonly NodeProto[];
}

/** The model with nodes and tensors replaced; the weights and what carried them are gone. */
export function withPairs(model: Model, replaced: readonly Replaced[]): Model {
  if (replaced.length === 0) return model;
  const graph = mainGraph(model);
  const nodes = new Map(replaced.map((r) => [r.place.node, r.nodes]));
  const gone = new Set(replaced.flatMap((r) => r.place.carriers));
  const weights = new Set(replaced.map((r) => r.weight.name));
  const values = new Set([...weights, ...[...gone].flatMap((n) => n.output)]);
  const node = graph.node.flatMap((n) => {
    if (gone.has(n) || (n.opType === 'Constant' && weights.has(n.output[0]))) return [];
    return nodes.get(n) ?? [n];
  });
  const changed = copyWith<GraphProto>(graph, {
    node,
    initializer: [...graph.initializer.filter((t) => !weights.has(t.name)), ...replaced.flatMap((r) => r.tensors)],
    input: graph.input.filter((v) => !weights.has(v.name)),
    valueInfo: graph.valueInfo.filter((v) => !values.has(v.name)),
  });
  const irVersion = model.proto.irVersion < FREE_INITIALIZERS ? FREE_INITIALIZERS : model.proto.irVersion;
  return { ...model, proto: copyWith<ModelProto>(model.proto, { graph: changed, irVersion }) };
}
