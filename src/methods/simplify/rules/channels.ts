import { attrFloat, attrInt } from '../../../onnx/attributes.ts';
import { attribute } from '../../../onnx/build.ts';
import { DataType, type TensorProto } from '../../../onnx/proto.ts';
import { dimsOf, sizeOf } from '../../../onnx/tensor.ts';
import type { Op } from '../scope.ts';
import { floatTensor } from '../tensors.ts';
import type { Work } from '../work.ts';

/** Layers whose output channels can be scaled and shifted by changing their weight and bias. */
export const LAYERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm']);

/** y·scale + shift for each output channel, computed from small tensors when they are read. */
export interface Affine {
  sources: readonly TensorProto[];
  scale?: (sources: readonly Float32Array[], c: number) => number;
  shift?: (sources: readonly Float32Array[], c: number) => number;
}

export interface Layer {
  op: Op;
  weight: TensorProto;
  bias?: TensorProto;
  channels: number;
  /** Rank of the layer's output. */
  rank: number;
  /** The output channel of a flat index into the weight. */
  channelOf: (index: number) => number;
}

/** The layer that makes `name`, if it may be changed: its output goes only to one node and its weight is a constant of its own. */
export function layerBefore(op: Op, name: string, work: Work): Layer | undefined {
  const maker = name ? op.scope.producer.get(name) : undefined;
  if (!maker || !LAYERS.has(maker.op) || !work.isOnly(op.scope, name)) return undefined;
  const weight = work.constant(maker.scope, maker.inputs[1]);
  const bias = maker.inputs[2] ? work.constant(maker.scope, maker.inputs[2]) : undefined;
  if (!weight || weight.dataType !== DataType.FLOAT || (maker.inputs[2] && bias?.dataType !== DataType.FLOAT))
    return undefined;
  // A weight that others use too would have to be stored twice.
  if (work.countUses(maker.scope, maker.inputs[1]) !== 1) return undefined;
  const dims = dimsOf(weight);
  if (maker.op === 'Gemm' ? dims.length !== 2 : dims.length < 3) return undefined;
  const layer = { op: maker, weight, bias, rank: dims.length };
  if (maker.op === 'Conv') {
    const inner = dims.slice(1).reduce((a, b) => a * b, 1);
    return checked({ ...layer, channels: dims[0], channelOf: (i) => Math.floor(i / inner) });
  }
  if (maker.op === 'ConvTranspose') {
    const group = attrInt(maker.node, 'group', 1);
    const inner = dims.slice(2).reduce((a, b) => a * b, 1);
    const rows = dims[0] / group;
    const channelOf = (i: number) => {
      const row = Math.floor(i / (inner * dims[1]));
      return Math.floor(row / rows) * dims[1] + (Math.floor(i / inner) % dims[1]);
    };
    return checked({ ...layer, channels: dims[1] * group, channelOf });
  }
  const [rows, columns] = dims;
  const transposed = attrInt(maker.node, 'transB', 0) === 1;
  return checked({
    ...layer,
    channels: transposed ? rows : columns,
    channelOf: transposed ? (i) => Math.floor(i / columns) : (i) => i % columns,
  });
}

/** The layer if its bias is a value for each channel or one for all. */
function checked(layer: Layer): Layer | undefined {
  if (!layer.bias) return layer;
  const dims = dimsOf(layer.bias);
  const count = sizeOf(layer.bias);
  const flat = dims.slice(0, -1).every((d) => d === 1);
  return flat && (count === layer.channels || (count === 1 && layer.op.op === 'Gemm')) ? layer : undefined;
}

/** Whether a constant that is broadcast onto the layer's output gives each channel one value, and gives no shape but the output's. */
export function isPerChannel(tensor: TensorProto, layer: Layer): boolean {
  if (tensor.dataType !== DataType.FLOAT) return false;
  const dims = dimsOf(tensor);
  if (dims.length > layer.rank) return false;
  const axis = dims.length - (layer.rank - 1);
  return dims.every((d, i) => d === 1 || (i === axis && d === layer.channels));
}

/** Changes the layer's weight and bias so that it gives y·scale + shift, under the name `output`, whose maker has to be gone. */
export function foldInto(layer: Layer, affine: Affine, work: Work): void {
  const { op, weight, bias, channels } = layer;
  const { scope } = op;
  const { sources, scale, shift } = affine;
  const inputs = [...op.inputs];
  const gemm = op.op === 'Gemm';
  const alpha = gemm ? attrFloat(op.node, 'beta', 1) : 1;
  if (scale) {
    inputs[1] = work.addConstant(scope, op.inputs[1], (name) =>
      floatTensor(name, dimsOf(weight), [weight, ...sources], (w, ...given) => {
        const factors = Float64Array.from({ length: channels }, (_, c) => scale(given, c));
        const out = new Float32Array(w.length);
        for (let i = 0; i < w.length; i++) out[i] = w[i] * factors[layer.channelOf(i)];
        return out;
      }),
    );
  }
  if (shift || (bias && scale)) {
    inputs[2] = work.addConstant(scope, op.inputs[2] || `${op.inputs[1]}.bias`, (name) =>
      floatTensor(name, [channels], bias ? [bias, ...sources] : sources, (...given) => {
        const own = bias ? given.shift()! : undefined;
        return Float32Array.from({ length: channels }, (_, c) => {
          const b = own ? alpha * own[own.length === 1 ? 0 : c] : 0;
          return (scale ? b * scale(given, c) : b) + (shift ? shift(given, c) : 0);
        });
      }),
    );
  }
  const rest = op.attribute.filter((a) => a.name !== 'beta');
  const changed = gemm && alpha !== 1 && inputs[2] !== op.inputs[2];
  work.rewrite(op, { inputs, ...(changed && { attribute: [...rest, attribute('beta', { float: 1 })] }) });
}
