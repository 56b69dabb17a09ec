import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { identified } from '../../onnx/scopes.ts';
import { dimsOf, readFloats } from '../../onnx/tensor.ts';
import { roundHalfEven } from '../ort/arithmetic.ts';
import { integersAs, readIntegers } from './integers.ts';
import { channelAt, type Shadow, type ShadowTensor } from './shadow.ts';
import type { Learned } from './student.ts';

/** A tensor's new contents: as stored, and as the floats that it stands for before and after. */
export interface Rewritten {
  readonly id: string;
  readonly content: ArrayBufferView<ArrayBuffer>;
  readonly before: Float32Array<ArrayBuffer>;
  readonly after: Float32Array<ArrayBuffer>;
}

/**
 * The integers and scales of a QDQ model after its shadow has learned. A bias gets the product of its input's and its weight's
 * scales for its own, as integer kernels take for granted.
 */
export async function restored(model: Model, shadow: Shadow, learned: Learned): Promise<Rewritten[]> {
  const [main] = identified(model.proto);
  const tensors = new Map(main.consts.map((c) => [c.id, c.tensor]));
  const scales = new Map<string, Float32Array<ArrayBuffer>>();
  const scaleOf = async (id: string) => {
    const value = shadow.scales.get(id);
    const found = value === undefined ? undefined : learned.scales.get(value);
    return scales.get(id) ?? (found ? Float32Array.from(found) : readFloats(tensors.get(id)!));
  };
  for (const id of shadow.scales.keys()) scales.set(id, await scaleOf(id));
  const out: Rewritten[] = [];
  for (const t of shadow.tensors) {
    const values = learned.parameters.get(t.float);
    if (!values) continue;
    const tensor = tensors.get(t.integers)!;
    const dims = dimsOf(tensor);
    const old = await readFloats(tensors.get(t.scale)!);
    let scale = await scaleOf(t.scale);
    if (t.factors) {
      const [x, w] = [await scaleOf(t.factors[0]), await scaleOf(t.factors[1])];
      const product = old.map((_, i) => x[x.length === 1 ? 0 : i] * w[w.length === 1 ? 0 : i]);
      if ([x, w].every((s) => s.length === 1 || s.length === old.length)) scale = product;
      scales.set(t.scale, scale);
    }
    const q = quantized(values, t, scale, dims);
    const before = floatsOf(await readIntegers(tensor), t, old, dims);
    out.push({ id: t.integers, content: integersAs(q, t.dataType), before, after: floatsOf(q, t, scale, dims) });
  }
  for (const [id, after] of scales) {
    if (tensors.get(id)?.dataType !== DataType.FLOAT) continue;
    out.push({ id, content: after, before: await readFloats(tensors.get(id)!), after });
  }
  return out;
}

function quantized(x: Float32Array, t: ShadowTensor, scale: Float32Array, dims: readonly number[]): Float64Array {
  const [low, high] = t.levels;
  const at = channelAt(t.axis, dims);
  const of = (v: number, g: number) => roundHalfEven(Math.fround(v / scale[g])) + t.zeros[g];
  return Float64Array.from(x, (v, i) => Math.min(high, Math.max(low, of(v, at(i)))));
}

function floatsOf(
  q: ArrayLike<number>,
  { axis, zeros }: ShadowTensor,
  scale: Float32Array,
  dims: readonly number[],
): Float32Array<ArrayBuffer> {
  const at = channelAt(axis, dims);
  return Float32Array.from(q, (v, i) => (v - zeros[at(i)]) * scale[at(i)]);
}
