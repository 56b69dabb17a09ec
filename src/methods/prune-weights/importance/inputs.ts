import { Names } from '../../../encodings/names.ts';
import { attrInt } from '../../../onnx/attributes.ts';
import { type AttributeValue, node as makeNode, valueInfo } from '../../../onnx/build.ts';
import { type Model, mainGraph, opsetOf } from '../../../onnx/model.ts';
import { copyWith, DataType, type ModelProto, type NodeProto, type TensorProto } from '../../../onnx/proto.ts';
import { dimsOf, makeTensor } from '../../../onnx/tensor.ts';
import type { Use, Weight } from '../../../onnx/weights.ts';
import type { Value } from '../../../runtime/types.ts';
import { windowSums } from './windows.ts';

/** One place where a weight is multiplied with an input, and where the sums of the input's squares are to be fetched. */
interface Place {
  readonly node: NodeProto;
  readonly fetched: string;
  sums: Float64Array | undefined;
}

interface Layer {
  readonly dims: readonly number[];
  /** The axis that the layer sums over; of a convolution its channels. */
  readonly reduction: number;
  readonly places: readonly Place[];
}

/** Operators whose weight, input 1, is taken by an input of rows, input 0. */
const ROWS: ReadonlySet<string> = new Set(['MatMul', 'Gemm', 'Attention']);

/** Σ x² of the inputs that weights are multiplied with, from a model that gives them in place of its outputs. */
export class InputNorms {
  /** Gives the sums; feed it what the model takes. */
  readonly model: Model;
  private readonly layers = new Map<string, Layer>();
  private readonly nodes: NodeProto[] = [];
  private readonly tensors: TensorProto[] = [];
  private readonly names: Names;
  private readonly opset: number;

  constructor(model: Model, weights: readonly Weight[]) {
    this.names = new Names(model.proto);
    this.opset = opsetOf(model);
    const graph = mainGraph(model);
    const known = new Map(graph.node.map((n) => [n.name || n.output[0] || '', n]));
    for (const weight of weights) this.place(weight, known);
    const fetched = [...this.layers.values()].flatMap((l) => l.places.map((p) => p.fetched));
    const shown = copyWith(graph, {
      node: [...graph.node, ...this.nodes],
      initializer: [...graph.initializer, ...this.tensors],
      output: fetched.map((name) => valueInfo(name, DataType.FLOAT, null)),
    });
    this.model = { ...model, proto: copyWith<ModelProto>(model.proto, { graph: shown }) };
  }

  get empty(): boolean {
    return this.layers.size === 0;
  }

  private place(weight: Weight, known: ReadonlyMap<string, NodeProto>): void {
    const dims = dimsOf(weight.tensor);
    if (weight.channelAxis === undefined || weight.uses.length === 0) return;
    const nodes = weight.uses.map((use) => this.takes(weight, dims, use, known.get(use.node)));
    const whole = nodes.filter((n) => n !== undefined);
    if (whole.length < nodes.length) return;
    // Of a matrix the other axis, of a convolution that of the input channels.
    const reduction = 1 - weight.channelAxis;
    const places = whole.map((node) => ({ node, fetched: this.squares(node, dims, reduction), sums: undefined }));
    this.layers.set(weight.id, { dims, reduction, places });
  }

  /** The node of a use whose input norms are this weight's. */
  private takes(weight: Weight, dims: readonly number[], use: Use, node: NodeProto | undefined): NodeProto | undefined {
    if (!node || use.input !== 1 || node.opType !== use.op) return undefined;
    if (ROWS.has(use.op)) return dims.length === 2 ? node : undefined;
    // A convolution's weight as it is: past a Transpose its axes would be others.
    const convolution = use.op === 'Conv' || use.op === 'ConvTranspose';
    return convolution && node.input[1] === weight.name && dims.length > 2 ? node : undefined;
  }

  /** Adds the nodes that give Σ x²: by row element for matrices, by channel and pixel over the batch for Conv, by channel else. */
  private squares(node: NodeProto, dims: readonly number[], reduction: number): string {
    const x = this.emit('Cast', [node.input[0]], { to: DataType.FLOAT });
    if (node.opType === 'Conv') return this.reduce(x, [0]);
    if (node.opType === 'ConvTranspose') return this.reduce(x, [0, ...dims.slice(2).map((_, i) => i + 2)]);
    if (node.opType === 'Gemm') return this.reduce(x, [attrInt(node, 'transA', 0) ? 1 : 0]);
    const shape = this.constant([-1, dims[reduction]]);
    return this.reduce(this.emit('Reshape', [x, shape], {}), [0]);
  }

  private reduce(x: string, axes: readonly number[]): string {
    if (this.opset < 18) return this.emit('ReduceSumSquare', [x], { axes, keepdims: 0 });
    return this.emit('ReduceSumSquare', [x, this.constant(axes)], { keepdims: 0 });
  }

  private emit(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue>): string {
    const output = this.names.fresh(`${inputs[0]}_${op}`);
    this.nodes.push(makeNode(op, inputs, [output], attributes));
    return output;
  }

  private constant(values: readonly number[]): string {
    const name = this.names.fresh('pare_axes');
    this.tensors.push(makeTensor(name, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt)));
    return name;
  }

  /** Takes what a run of `model` gave. */
  take(found: Readonly<Record<string, Value>>): void {
    for (const { dims, places } of this.layers.values()) {
      for (const place of places) {
        const { data, dims: shape } = found[place.fetched];
        const squares = data as Float32Array;
        const added = place.node.opType === 'Conv' ? windowSums(squares, shape, place.node, dims.slice(2)) : squares;
        place.sums ??= new Float64Array(added.length);
        for (let i = 0; i < added.length; i++) place.sums[i] += added[i];
      }
    }
  }

  /** Σ x² for each element of a weight, by its index; undefined for a weight whose inputs are not known. */
  of(id: string): ((index: number) => number) | undefined {
    const layer = this.layers.get(id);
    if (!layer) return undefined;
    const places = layer.places.map((p) => ({ sums: p.sums!, at: positionsIn(p.node, layer) }));
    return (i) => places.reduce((sum, p) => sum + p.sums[p.at(i)], 0);
  }
}

/** Where the input of a weight's element stands among the sums. */
function positionsIn(node: NodeProto, { dims, reduction }: Layer): (index: number) => number {
  const inner = dims.slice(reduction + 1).reduce((a, b) => a * b, 1);
  if (node.opType !== 'Conv') return (i) => Math.floor(i / inner) % dims[reduction];
  const taps = inner;
  const own = dims[1] * taps;
  const perGroup = dims[0] / attrInt(node, 'group', 1);
  return (i) => Math.floor(Math.floor(i / own) / perGroup) * own + (i % own);
}
