import { attrFloat, attrInt } from '../../onnx/attributes.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, sizeOf } from '../../onnx/tensor.ts';
import type { Op } from '../simplify/scope.ts';
import type { Work } from '../simplify/work.ts';

/** A Conv or a Gemm with a constant float32 weight of its own. */
export interface Layer {
  readonly op: Op;
  readonly weight: TensorProto;
  readonly bias?: TensorProto;
  readonly outputs: number;
  /** Input channels in all, and those that one output channel sums over. */
  readonly inputs: number;
  readonly perOutput: number;
  /** The weight seen as [outer, middle, inner]: a Conv's is [output, slot, kernel], a Gemm's [slot, output, 1] unless transposed. */
  readonly shape: readonly [number, number, number];
  readonly slotFirst: boolean;
  /** Output channels that share their inputs: all of them but in grouped convolutions. */
  readonly perGroup: number;
}

/** Why a node with a weight is no layer here: the note's key. */
export type LeftAlone = 'equalize-shared' | 'equalize-form';

/** The node as a layer; the reason when it has a weight and cannot be one; undefined for other nodes. */
export function layerOf(op: Op, work: Work): Layer | LeftAlone | undefined {
  if (op.op !== 'Conv' && op.op !== 'Gemm') return undefined;
  const weight = work.constant(op.scope, op.inputs[1]);
  if (weight?.dataType !== DataType.FLOAT) return undefined;
  const bias = op.inputs[2] ? work.constant(op.scope, op.inputs[2]) : undefined;
  if (work.countUses(op.scope, op.inputs[1]) !== 1) return 'equalize-shared';
  const layer = op.op === 'Conv' ? convLayer(op, weight) : gemmLayer(op, weight);
  if (!layer || sizeOf(weight) === 0) return 'equalize-form';
  if (!op.inputs[2]) return layer;
  // A Gemm's C that is one value, or a column, is no value for each channel.
  const perChannel =
    bias?.dataType === DataType.FLOAT && sizeOf(bias) === layer.outputs && dimsOf(bias).at(-1) === layer.outputs;
  return perChannel ? { ...layer, bias } : 'equalize-form';
}

function convLayer(op: Op, weight: TensorProto): Layer | undefined {
  const dims = dimsOf(weight);
  const group = attrInt(op.node, 'group', 1);
  const [outputs, perOutput] = dims;
  if (dims.length < 3 || group < 1 || outputs % group !== 0) return undefined;
  const kernel = dims.slice(2).reduce((a, b) => a * b, 1);
  return {
    ...{ op, weight, outputs, perOutput, inputs: perOutput * group },
    ...{ shape: [outputs, perOutput, kernel] as const, slotFirst: false, perGroup: outputs / group },
  };
}

function gemmLayer(op: Op, weight: TensorProto): Layer | undefined {
  const dims = dimsOf(weight);
  const plain = attrFloat(op.node, 'alpha', 1) === 1 && attrFloat(op.node, 'beta', 1) === 1;
  if (dims.length !== 2 || !plain || attrInt(op.node, 'transA', 0)) return undefined;
  const transposed = attrInt(op.node, 'transB', 0) === 1;
  const [outputs, inputs] = transposed ? dims : [dims[1], dims[0]];
  return {
    ...{ op, weight, outputs, inputs, perOutput: inputs },
    ...{ shape: [dims[0], dims[1], 1] as const, slotFirst: !transposed, perGroup: outputs },
  };
}

/** The input channel in a slot of an output channel. */
export function inputAt(layer: Layer, output: number, slot: number): number {
  return Math.floor(output / layer.perGroup) * layer.perOutput + slot;
}

/** Goes through the weight: the flat index, the output channel, and its slot among the inputs that channel sums over. */
export function visit(layer: Layer, f: (index: number, output: number, slot: number) => void): void {
  const [outer, middle, inner] = layer.shape;
  let i = 0;
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < middle; b++) {
      const [output, slot] = layer.slotFirst ? [b, a] : [a, b];
      for (let k = 0; k < inner; k++) f(i++, output, slot);
    }
  }
}

/** Σ over an output channel's weights of w·x of the input channel that each multiplies. */
export function sumOver(layer: Layer, weight: ArrayLike<number>, x: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const out = new Float64Array(layer.outputs);
  visit(layer, (i, o, s) => {
    out[o] += weight[i] * x[inputAt(layer, o, s)];
  });
  return out;
}
