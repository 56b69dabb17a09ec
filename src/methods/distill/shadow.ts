import type { FakeQuantizer } from '../../autodiff/fakeQuantize.ts';
import { Names } from '../../encodings/names.ts';
import { attrInt } from '../../onnx/attributes.ts';
import { node as makeNode } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { identified } from '../../onnx/scopes.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { INTEGERS, readIntegers } from './integers.ts';

/** A tensor stored as integers, and the floats that learn in its stead. */
export interface ShadowTensor {
  /** The float tensor in the shadow. */
  readonly float: string;
  /** Ids in the quantized model. */
  readonly integers: string;
  readonly scale: string;
  readonly axis: number | undefined;
  readonly zeros: Float64Array;
  /** The lowest and the highest integer. */
  readonly levels: readonly [number, number];
  readonly dataType: number;
  /** The value whose quantizer rounds it; undefined for biases, which 32 bits round too finely to matter. */
  readonly quantized: string | undefined;
  /** Of a bias: the scales of the input and the weight that it is added to, whose product its own has to be. */
  readonly factors?: readonly [string, string];
}

/** A QDQ model as floats: the graph without its rounding, and what rounds each value instead. */
export interface Shadow {
  readonly model: Model;
  readonly quantizers: ReadonlyMap<string, FakeQuantizer>;
  readonly tensors: readonly ShadowTensor[];
  /** Ids of the scales that learn, with the value that each belongs to. */
  readonly scales: ReadonlyMap<string, string>;
  /** By float tensor: 0 where pruning made a zero. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

interface Scaled {
  readonly scale: Float32Array;
  readonly zeros: Float64Array;
  readonly axis: number | undefined;
}

/** Operators that hand on values as they are, so that rounding them again changes nothing. */
const CARRIERS: ReadonlySet<string> = new Set([
  'MaxPool',
  'Reshape',
  'Flatten',
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Identity',
  'Slice',
  'Gather',
]);

/**
 * Takes QuantizeLinear and DequantizeLinear pairs out of the main graph and says what they did; integer initializers become the
 * floats that they stand for. Pairs in blocks, of 8-bit floats, or whose scales are computed stay as they are.
 * @param floats the float tensor that a stored one may have been made of, by name: elements that round to the stored ones begin there
 * @param keepZeros zeros of a weight that has at least as many of them as other numbers are taken for the work of pruning
 */
export async function shadowOf(
  model: Model,
  floats: (name: string) => Promise<Float32Array | undefined>,
  keepZeros: boolean,
): Promise<Shadow> {
  const graph = mainGraph(model);
  const [main] = identified(model.proto);
  const consts = new Map(main.consts.map((c) => [c.name, c]));
  const names = new Names(model.proto);
  const readers = new Map<string, NodeProto[]>();
  const makers = new Map<string, NodeProto>();
  for (const n of graph.node) {
    for (const i of n.input) readers.set(i, [...(readers.get(i) ?? []), n]);
    for (const o of n.output) makers.set(o, n);
  }
  const replaced = new Map<NodeProto, NodeProto>();
  const quantizers = new Map<string, FakeQuantizer>();
  const tensors: ShadowTensor[] = [];
  const made: TensorProto[] = [];
  const masks = new Map<string, Uint8Array>();
  const scaleOf = new Map<string, string[]>();

  const scaled = async (n: NodeProto): Promise<Scaled | undefined> => {
    const s = consts.get(n.input[1]);
    const z = n.input[2] ? consts.get(n.input[2]) : undefined;
    if (!s || s.tensor.dataType !== DataType.FLOAT || (n.input[2] && !z)) return undefined;
    if (attrInt(n, 'block_size', 0) || s.tensor.dims.length > 1) return undefined;
    const scale = await readFloats(s.tensor);
    const zeros = z ? Float64Array.from(await readIntegers(z.tensor)) : new Float64Array(scale.length);
    return { scale, zeros, axis: scale.length > 1 ? attrInt(n, 'axis', 1) : undefined };
  };
  const round = (
    value: string,
    n: NodeProto,
    { scale, zeros, axis }: Scaled,
    [qmin, qmax]: readonly [number, number],
  ) => {
    quantizers.set(value, {
      ...{ bits: 16, symmetric: zeros.every((z) => z === 0), qmin, qmax, learn: true },
      ...(axis !== undefined && { axis }),
      scale: Array.from(scale),
      zeroPoint: Array.from(zeros),
    });
    scaleOf.set(n.input[1], [...(scaleOf.get(n.input[1]) ?? []), value]);
  };

  for (const n of graph.node) {
    if (n.opType !== 'QuantizeLinear' || !isKnown(n)) continue;
    const [q] = n.output;
    const users = readers.get(q) ?? [];
    const same = (d: NodeProto) =>
      d.opType === 'DequantizeLinear' && d.input.slice(1).join() === n.input.slice(1).join();
    const s = await scaled(n);
    const dataType = n.input[2] ? consts.get(n.input[2])?.tensor.dataType : attrInt(n, 'output_dtype', DataType.UINT8);
    const limits = INTEGERS.get(dataType || DataType.UINT8);
    if (!s || !limits || users.length === 0 || !users.every(same)) continue;
    if (graph.output.some((o) => o.name === q)) continue;
    replaced.set(n, makeNode('Identity', [n.input[0]], [q], {}, { name: n.name }));
    for (const d of users) replaced.set(d, makeNode('Identity', [q], [d.output[0]], {}, { name: d.name }));
    if (!isRounded(n, makers)) round(q, n, s, limits);
  }
  for (const n of graph.node) {
    const stored = n.opType === 'DequantizeLinear' && isKnown(n) ? consts.get(n.input[0]) : undefined;
    const s = stored && (await scaled(n));
    const limits = stored && INTEGERS.get(stored.tensor.dataType);
    if (!s || !limits) continue;
    const { tensor, id } = stored;
    const integers = await readIntegers(tensor);
    const values = dequantized(integers, s, dimsOf(tensor));
    const known = await floats(stored.name);
    const float = names.fresh(`${stored.name}_float`);
    const mask = keepZeros && tensor.dims.length > 1 ? prunedOf(values) : undefined;
    if (mask) masks.set(float, mask);
    if (known?.length === values.length) startFrom(known, values, s, dimsOf(tensor), mask);
    made.push(makeTensor(float, DataType.FLOAT, dimsOf(tensor), values));
    const [y] = n.output;
    replaced.set(n, makeNode('Identity', [float], [y], {}, { name: n.name }));
    const wide = tensor.dataType === DataType.INT32;
    // Symmetric weights of 8 bits leave the lowest integer out, those of 4 do not; the numbers say which.
    const open = limits[0] === 0 || s.zeros.some((z) => z !== 0) || Array.prototype.includes.call(integers, limits[0]);
    const levels = open ? limits : ([-limits[1], limits[1]] as const);
    if (!wide) round(y, n, s, levels);
    const common = {
      float,
      integers: id,
      scale: n.input[1],
      axis: s.axis,
      zeros: s.zeros,
      levels,
      dataType: tensor.dataType,
    };
    const factors = wide ? factorsOf(readers.get(y) ?? [], y, makers) : undefined;
    tensors.push({ ...common, quantized: wide ? undefined : y, ...(factors && { factors }) });
  }

  // A scale that several values share would learn to be several scales.
  const scales = new Map<string, string>();
  for (const [scale, values] of scaleOf) {
    const [value] = values;
    if (values.length === 1) scales.set(scale, value);
    else for (const v of values) quantizers.set(v, { ...quantizers.get(v)!, learn: false });
  }
  const node = graph.node.map((n) => replaced.get(n) ?? n);
  const shadow = copyWith(graph, { node, initializer: [...graph.initializer, ...made], valueInfo: [] });
  return { model: { ...model, proto: copyWith(model.proto, { graph: shadow }) }, quantizers, tensors, scales, masks };
}

/** ONNX Runtime's own domain has the same pair for the integers that ONNX took in later. */
const isKnown = (n: NodeProto) => n.domain === '' || n.domain === 'ai.onnx' || n.domain === 'com.microsoft';

/** Whether what a node rounds has been rounded by the same scale before. */
function isRounded(n: NodeProto, makers: ReadonlyMap<string, NodeProto>): boolean {
  let maker = makers.get(n.input[0]);
  while (maker && CARRIERS.has(maker.opType)) maker = makers.get(maker.input[0]);
  return maker?.opType === 'DequantizeLinear' && maker.input[1] === n.input[1] && maker.input[2] === n.input[2];
}

/** The scales of the input and the weight of the layer that takes a bias. */
function factorsOf(
  readers: readonly NodeProto[],
  bias: string,
  makers: ReadonlyMap<string, NodeProto>,
): readonly [string, string] | undefined {
  if (readers.length !== 1 || readers[0].input[2] !== bias) return undefined;
  const [x, w] = [makers.get(readers[0].input[0]), makers.get(readers[0].input[1])];
  const both = x?.opType === 'DequantizeLinear' && w?.opType === 'DequantizeLinear';
  return both ? [x.input[1], w.input[1]] : undefined;
}

/** 0 for each zero of a weight that is at least half zeros, which rounding alone does not make. */
function prunedOf(values: Float32Array): Uint8Array | undefined {
  const mask = Uint8Array.from(values, (v) => (v === 0 ? 0 : 1));
  const kept = mask.reduce((n, m) => n + m, 0);
  return 2 * kept <= mask.length ? mask : undefined;
}

/** Puts in the numbers that were rounded, where they can be told: those that round to what is there. */
function startFrom(
  known: Float32Array,
  values: Float32Array,
  { scale, axis }: Scaled,
  dims: readonly number[],
  mask: Uint8Array | undefined,
): void {
  const at = channelAt(axis, dims);
  for (let i = 0; i < values.length; i++) {
    if (mask?.[i] !== 0 && Math.abs(known[i] - values[i]) <= scale[at(i)] / 2) values[i] = known[i];
  }
}

/** (q − z) · s, with s and z along an axis. */
function dequantized(
  q: ArrayLike<number>,
  { scale, zeros, axis }: Scaled,
  dims: readonly number[],
): Float32Array<ArrayBuffer> {
  const at = channelAt(axis, dims);
  return Float32Array.from(q, (v, i) => (v - zeros[at(i)]) * scale[at(i)]);
}

/** Which scale an element has. */
export function channelAt(axis: number | undefined, dims: readonly number[]): (i: number) => number {
  if (axis === undefined) return () => 0;
  const along = axis < 0 ? axis + dims.length : axis;
  const inner = dims.slice(along + 1).reduce((a, b) => a * b, 1);
  return (i) => Math.floor(i / inner) % dims[along];
}
