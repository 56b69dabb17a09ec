import { type Allocate, fresh } from '../../base/memory.ts';
import { shapeOf } from '../grouping.ts';
import { PIECE, Q, X, Y } from '../simd/layout.ts';
import type { Simd } from '../simd/module.ts';
import { simdFor } from '../simd/resident.ts';
import type { Detail } from '../sketch.ts';
import { type Measured, Measurer, measure } from './measure.ts';
import {
  type AffineSpec,
  checkGroups,
  dequantizeAffine,
  type Integers,
  integerRange,
  quantizeAffine,
} from './quantize.ts';

type Zero = Int8Array | Uint8Array | undefined;

/** Shorter runs of one group are not worth a call of a kernel. */
const WORTH = 64;

/**
 * `quantizeAffine`, and how far what the integers stand for is from x, in one pass: each piece of x is read once from memory.
 * @param detail of the sketch
 * @param allocate gives memory for the integers, a byte each
 * @throws Error when the lengths do not fit the groups
 */
export function quantizeMeasured(
  x: Float32Array,
  spec: AffineSpec,
  scale: Float32Array<ArrayBuffer>,
  zero: Zero,
  detail?: Detail,
  allocate: Allocate = fresh,
  kernels: Simd | null = simdFor(x, spec.dims),
): { q: Integers } & Measured {
  checkGroups(spec, x.length, scale, zero);
  if (!kernels || !MeasuredQuantizer.takes(spec)) {
    const q = quantizeAffine(x, spec, scale, zero);
    return { q, ...measure(x, dequantizeAffine(q, spec, scale, zero), spec.dims, detail, kernels) };
  }
  const quantizer = new MeasuredQuantizer(x.length, spec, scale, zero, detail, kernels, allocate);
  quantizer.add(x);
  return quantizer.finish();
}

/**
 * `quantizeAffine` in the place of the floats, from its beginning, without a copy of anything.
 * @param x which is overwritten
 * @returns undefined, and x is as it was, where it is not in memory of kernels that can
 * @throws Error when the lengths do not fit the groups
 */
export function quantizeInPlace(
  x: Float32Array<ArrayBuffer>,
  spec: AffineSpec,
  scale: Float32Array<ArrayBuffer>,
  zero: Zero,
): Integers | undefined {
  checkGroups(spec, x.length, scale, zero);
  const kernels = simdFor(x);
  if (!kernels?.holds(x) || !MeasuredQuantizer.takes(spec) || isRows(spec)) return undefined;
  // Four bytes are read before one is written, and those further on are read later.
  runsOf(kernels, true, spec, scale, zero)(x.byteOffset, 0, x.length, x.byteOffset);
  return spec.signed
    ? new Int8Array(x.buffer, x.byteOffset, x.length)
    : new Uint8Array(x.buffer, x.byteOffset, x.length);
}

/** `quantizeMeasured` of a tensor that comes in parts, by kernels. */
export class MeasuredQuantizer {
  private readonly q: Integers;
  private readonly measurer: Measurer;
  private at = 0;

  /** Whether it can: kernels work on runs of one group, or on rows of which each element has its own. */
  static takes(spec: AffineSpec): boolean {
    return spec.granularity !== 'block' && (isRows(spec) || shapeOf(spec).inner >= WORTH);
  }

  /** @param count elements of the whole tensor @throws Error when the lengths do not fit the groups */
  constructor(
    count: number,
    private readonly spec: AffineSpec,
    private readonly scale: Float32Array<ArrayBuffer>,
    private readonly zero: Zero,
    private readonly detail: Detail,
    private readonly kernels: Simd,
    allocate: Allocate = fresh,
  ) {
    checkGroups(spec, count, scale, zero);
    this.measurer = new Measurer(spec.dims, detail, kernels);
    const memory = allocate(count);
    this.q = spec.signed ? new Int8Array(memory, 0, count) : new Uint8Array(memory, 0, count);
  }

  /** The next elements in storage order, a multiple of 4 of them unless they are the last: sums are taken in four lanes. */
  add(x: Float32Array): void {
    const { kernels, spec, scale, zero, measurer } = this;
    // What else ran since the last part had the kernels' memory: the parameters are put there anew.
    const quantize = isRows(spec)
      ? rowsOf(kernels, measurer.claim(), spec, scale, zero)
      : runsOf(kernels, this.detail === 'nothing', spec, scale, zero);
    const bytes = new Uint8Array(this.q.buffer);
    for (let from = 0; from < x.length; from += PIECE) {
      const length = Math.min(PIECE, x.length - from);
      const address = kernels.addressOf(x.subarray(from, from + length), X);
      quantize(address, this.at, length, Q);
      bytes.set(kernels.u8.subarray(Q, Q + length), this.at);
      measurer.addAt(length, address);
      this.at += length;
    }
  }

  finish(): { q: Integers } & Measured {
    return { q: this.q, ...this.measurer.finish() };
  }
}

/** Whether neighbours are in neighbouring groups. */
const isRows = (spec: AffineSpec): boolean => spec.granularity === 'channel' && shapeOf(spec).inner === 1;

/** Quantizes a piece, which lies at `x` in the kernels' memory, of what begins at `at`, to where `q` is. */
type Quantize = (x: number, at: number, length: number, q: number) => void;

/** Where neighbours are in neighbouring groups: parameters of all groups lie in the kernels' memory. */
function rowsOf(
  kernels: Simd,
  free: number,
  spec: AffineSpec,
  scale: Float32Array,
  zero: ArrayLike<number> | undefined,
): Quantize {
  const [low, high] = integerRange(spec);
  const channels = scale.length;
  const stride = 16 * Math.ceil(channels / 4);
  kernels.reserve(free, 4 * stride);
  const { f32, i32 } = kernels;
  const [scales, lows, highs, zeros] = [0, 1, 2, 3].map((i) => (free + i * stride) / 4);
  f32.set(scale, scales);
  for (let c = 0; c < channels; c++) {
    const z = zero?.[c] ?? 0;
    f32[lows + c] = low - z;
    f32[highs + c] = high - z;
    i32[zeros + c] = z;
  }
  return (x, at, length, q) => kernels.run.quantizeRows(x, length, q, Y, at % channels, channels, free, stride);
}

/** Where long runs of neighbours are in one group. */
function runsOf(
  { run }: Simd,
  bare: boolean,
  spec: AffineSpec,
  scale: Float32Array,
  zero: ArrayLike<number> | undefined,
): Quantize {
  const [low, high] = integerRange(spec);
  const { inner } = shapeOf(spec);
  const quantize = run[`${bare ? 'bareQ' : 'q'}uantizeRun_${spec.signed ? 's' : 'u'}`];
  return (x, at, length, q) => {
    for (let done = 0; done < length; ) {
      const g = Math.floor((at + done) / inner) % scale.length;
      const count = Math.min(length - done, inner - ((at + done) % inner));
      const z = zero?.[g] ?? 0;
      quantize(x + 4 * done, count, q + done, Y + 4 * done, scale[g], low - z, high - z, z);
      done += count;
    }
  };
}
