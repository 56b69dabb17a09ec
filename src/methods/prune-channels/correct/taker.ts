import { attrFloat, attrInt, attrInts, attrString } from '../../../onnx/attributes.ts';
import type { NodeProto, TensorProto } from '../../../onnx/proto.ts';
import { dimsOf, isFloatTensor } from '../../../onnx/tensor.ts';
import type { Layer } from '../tracker.ts';

/** How a convolution walks over its input. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
}

/** A layer of the cut model that lost inputs, as a product of a matrix with the rows it is given. */
export interface Taker {
  readonly node: string;
  readonly weight: string;
  /** The bias that is added; `add` when the layer can be given one. */
  readonly bias: string | 'add' | undefined;
  /** The value that the layer takes, and the one that it gives, bias included. */
  readonly input: string;
  readonly output: string;
  /** Rows of the matrix (outputs), and its columns (inputs times kernel) without the bias. */
  readonly outputs: number;
  readonly inputs: number;
  /** Of the original's output the channels that are left. */
  readonly kept: Int32Array;
  /** Absent for products of matrices. */
  readonly window?: Window;
  /** Place of element (output, input) in the weight. */
  place(o: number, i: number): number;
}

/** Who takes what in the main graph. */
export interface Wiring {
  readonly nodes: ReadonlyMap<string, NodeProto>;
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly takers: ReadonlyMap<string, readonly NodeProto[]>;
}

const isOne = (x: number) => Math.abs(x - 1) < 1e-7;

/** A constant vector of one taker and that many elements, which can be changed with its layer. */
function ownBias(name: string, outputs: number, { constants, takers }: Wiring): string | undefined {
  const tensor = constants.get(name);
  if (!tensor || !isFloatTensor(tensor) || takers.get(name)?.length !== 1) return undefined;
  const dims = dimsOf(tensor);
  const fits = dims.at(-1) === outputs && dims.slice(0, -1).every((d) => d === 1);
  return fits ? name : undefined;
}

function windowOf(node: NodeProto, dims: readonly number[]): Window | undefined {
  const rank = dims.length - 2;
  const auto = attrString(node, 'auto_pad', 'NOTSET');
  if (rank < 1 || rank > 2 || (auto !== 'NOTSET' && auto !== 'VALID')) return undefined;
  // A row of pixels is an image one pixel high.
  const wide = (list: readonly number[] | undefined, fill: number) => {
    const own = list ?? Array<number>(rank).fill(fill);
    return rank === 2 ? own : [fill, own[0]];
  };
  const pads = attrInts(node, 'pads') ?? Array<number>(2 * rank).fill(0);
  return {
    kernel: rank === 2 ? dims.slice(2) : [1, dims[2]],
    strides: wide(attrInts(node, 'strides'), 1),
    dilations: wide(attrInts(node, 'dilations'), 1),
    pads: rank === 2 ? pads : [0, pads[0], 0, pads[1]],
  };
}

/** A layer as what least squares can fit; undefined for those whose weights are shared or computed. */
export function takerOf(layer: Layer, kept: Int32Array | undefined, wiring: Wiring): Taker | undefined {
  const node = wiring.nodes.get(layer.op.outputs[0]);
  const tensor = wiring.constants.get(node?.input[1] ?? '');
  if (!node || !tensor || !isFloatTensor(tensor) || wiring.takers.get(node.input[1])?.length !== 1) return undefined;
  const dims = dimsOf(tensor);
  const outputs = dims[layer.outAxis];
  const own = {
    ...{ node: node.output[0], weight: node.input[1], input: node.input[0], output: node.output[0], outputs },
    kept: kept ?? Int32Array.from({ length: outputs }, (_, i) => i),
  };
  if (node.opType === 'Conv') {
    const window = windowOf(node, dims);
    if (!window) return undefined;
    const inputs = dims.slice(1).reduce((a, b) => a * b, 1);
    const bias = node.input[2] ? ownBias(node.input[2], outputs, wiring) : 'add';
    return { ...own, bias, inputs, window, place: (o, i) => o * inputs + i };
  }
  const inputs = dims[layer.inAxis];
  const place = (o: number, i: number) => (layer.inAxis === 0 ? i * outputs + o : o * inputs + i);
  if (node.opType === 'Gemm') {
    const plain =
      isOne(attrFloat(node, 'alpha', 1)) && isOne(attrFloat(node, 'beta', 1)) && !attrInt(node, 'transA', 0);
    if (!plain) return undefined;
    return { ...own, bias: node.input[2] ? ownBias(node.input[2], outputs, wiring) : 'add', inputs, place };
  }
  if (node.opType !== 'MatMul') return undefined;
  // The bias of a product is often an Add behind it.
  const [next, ...others] = wiring.takers.get(node.output[0]) ?? [];
  const other = next?.opType === 'Add' ? next.input.find((name) => name !== node.output[0]) : undefined;
  const bias = other && others.length === 0 ? ownBias(other, outputs, wiring) : undefined;
  return { ...own, bias, inputs, place, ...(bias && { output: next.output[0] }) };
}
