import { Names } from '../../encodings/names.ts';
import { node, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType, type NodeProto, type ValueInfoProto } from '../../onnx/proto.ts';

/** The outputs that say what a tensor holds, without giving the tensor itself. */
export interface Extremes {
  readonly min: string;
  readonly max: string;
  /** The smallest magnitude. */
  readonly least: string;
  readonly size: string;
}

/** A model whose only outputs are the given tensors, as they are. */
export function withOutputs(model: Model, tensors: ReadonlyMap<string, number>): Model {
  const graph = mainGraph(model);
  const output = Array.from(tensors, ([name, type]) => valueInfo(name, type, null));
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { output }) }) };
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
