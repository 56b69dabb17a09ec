import { Names } from '../../encodings/names.ts';
import { node, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType, type NodeProto, type ValueInfoProto } from '../../onnx/proto.ts';
import type { SessionOptions } from '../../runtime/types.ts';

/** The outputs that say what a tensor holds, without giving the tensor itself. */
export interface Extremes {
  readonly min: string;
  readonly max: string;
  /** The smallest magnitude. */
  readonly least: string;
  readonly size: string;
}

/**
 * How a model is loaded whose outputs are values inside it: ONNX Runtime 1.30 on WASM fuses Conv, Add and Relu though the Conv's own
 * result is an output, and then has none to give. Its basic optimizations do not.
 */
export const INSIDE: SessionOptions = { optimize: 'basic' };

/** A model whose only outputs are the given tensors, as they are, without the nodes that these do not need. */
export function withOutputs(model: Model, tensors: ReadonlyMap<string, number>): Model {
  const graph = mainGraph(model);
  const output = Array.from(tensors, ([name, type]) => valueInfo(name, type, null));
  const needed = new Set(tensors.keys());
  const kept: NodeProto[] = [];
  for (const n of [...graph.node].reverse()) {
    if (!n.output.some((name) => needed.has(name))) continue;
    kept.push(n);
    for (const name of takenBy(n)) needed.add(name);
  }
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { node: kept.reverse(), output }) }) };
}

/** Every name that a node or something in its subgraphs takes. */
function* takenBy(n: NodeProto): Generator<string> {
  yield* n.input;
  for (const a of n.attribute) {
    for (const g of a.g ? [a.g] : a.graphs) {
      for (const v of g.output) yield v.name;
      for (const inner of g.node) yield* takenBy(inner);
    }
  }
}

/** A model whose only outputs are the extremes and sizes of the given tensors, four scalars each. */
export function withExtremes(
  model: Model,
  tensors: ReadonlyMap<string, number>,
): { model: Model; outputs: Map<string, Extremes> } {
  const graph = mainGraph(model);
  const names = new Names(model.proto);
  const nodes: NodeProto[] = [];
  const output: ValueInfoProto[] = [];
  const outputs = new Map<string, Extremes>();
  for (const [name, type] of tensors) {
    const e = {
      min: names.fresh(`${name}_min`),
      max: names.fresh(`${name}_max`),
      least: names.fresh(`${name}_least`),
      size: names.fresh(`${name}_size`),
    };
    outputs.set(name, e);
    let x = name;
    if (type === DataType.FLOAT16) {
      x = names.fresh(`${name}_wide`);
      nodes.push(node('Cast', [name], [x], { to: DataType.FLOAT }));
    }
    const magnitude = names.fresh(`${name}_magnitude`);
    nodes.push(
      node('ReduceMin', [x], [e.min], { keepdims: 0 }),
      node('ReduceMax', [x], [e.max], { keepdims: 0 }),
      node('Abs', [x], [magnitude]),
      node('ReduceMin', [magnitude], [e.least], { keepdims: 0 }),
      node('Size', [x], [e.size]),
    );
    for (const o of [e.min, e.max, e.least]) output.push(valueInfo(o, DataType.FLOAT, []));
    output.push(valueInfo(e.size, DataType.INT64, []));
  }
  const augmented = copyWith(graph, { node: [...graph.node, ...nodes], output });
  return { model: { ...model, proto: copyWith(model.proto, { graph: augmented }) }, outputs };
}
