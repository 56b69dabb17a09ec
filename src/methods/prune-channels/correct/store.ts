import { floatsAs } from '../../../encodings/codebook.ts';
import { Names } from '../../../encodings/names.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { copyWith, type TensorProto } from '../../../onnx/proto.ts';
import { dimsOf, makeTensor } from '../../../onnx/tensor.ts';
import type { Sliced } from '../surgery.ts';
import type { Taker } from './taker.ts';

function stored(name: string, like: TensorProto, values: Float32Array<ArrayBuffer>): TensorProto {
  return makeTensor(name, like.dataType, dimsOf(like), floatsAs(values, like.dataType));
}

/**
 * The model with fitted weights in place of those it had; a layer without a bias gets one. `tensors` follow.
 * @param fitted by layer, row-major, the bias in the last column
 */
export function storeWeights(
  model: Model,
  fitted: ReadonlyMap<Taker, Float64Array>,
  tensors: Map<string, Sliced>,
): Model {
  const graph = mainGraph(model);
  const names = new Names(model.proto);
  const known = new Map(graph.initializer.map((t) => [t.name, t]));
  const next = new Map<string, TensorProto>();
  const added = new Map<string, string>();
  for (const [taker, v] of fitted) {
    const columns = taker.inputs + (taker.bias ? 1 : 0);
    const w = new Float32Array(taker.outputs * taker.inputs);
    for (let o = 0; o < taker.outputs; o++)
      for (let i = 0; i < taker.inputs; i++) w[taker.place(o, i)] = v[o * columns + i];
    const before = known.get(taker.weight)!;
    next.set(taker.weight, stored(taker.weight, before, w));
    if (!taker.bias) continue;
    const b = Float32Array.from({ length: taker.outputs }, (_, o) => v[o * columns + taker.inputs]);
    if (taker.bias !== 'add') next.set(taker.bias, stored(taker.bias, known.get(taker.bias)!, b));
    else {
      const name = names.fresh(`${taker.weight}.bias`);
      added.set(taker.node, name);
      next.set(name, stored(name, makeTensor(name, before.dataType, [taker.outputs], b), b));
    }
  }
  for (const [name, after] of next) {
    const slice = tensors.get(name);
    if (slice) tensors.set(name, { ...slice, after });
  }
  const node = graph.node.map((n) => {
    const bias = added.get(n.output[0]);
    return bias ? copyWith(n, { input: [n.input[0], n.input[1], bias] }) : n;
  });
  const initializer = graph.initializer.map((t) => next.get(t.name) ?? t);
  for (const name of added.values()) initializer.push(next.get(name)!);
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { node, initializer }) }) };
}
