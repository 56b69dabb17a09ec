import { Bins, NOTHING } from './simd/bins.ts';
import { CHANNELS, PIECE, X } from './simd/layout.ts';
import { type Simd, type Lanes as Sums, simd } from './simd/module.ts';

/**
 * The sketch of a tensor: everything the sliders read. One pass over the weights gives exact moments and a histogram
 * over the upper 16 bits of each float32: sign, exponent and 7 bits of the fraction. Such a bin is at most 0.8 % wide
 * relative to its value whatever the tensor's range, its order is the order of the numbers, and summing sketches is
 * adding bins. Loops, in WebAssembly's SIMD where there is any: ONNX has no histogram operator.
 */
export interface Sketch {
  /** All elements, NaN and Inf included. */
  readonly count: number;
  readonly nan: number;
  readonly inf: number;
  /** Exact zeros, −0 included. */
  readonly zeros: number;
  /** Of the finite elements; 0 when there are none. Population std. A bare sketch has neither mean nor std: NaN. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  /** The keys of the bins that hold something, in ascending order of value, and how many each holds; none in a bare sketch. */
  readonly keys: Uint16Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Ranges along the channel axis, when the tensor has one; finite elements only. */
  readonly channels?: {
    readonly axis: number;
    readonly min: Float32Array<ArrayBuffer>;
    readonly max: Float32Array<ArrayBuffer>;
  };
}

/**
 * How much a sketch keeps: all, with ranges along an axis, if any; or, when it is `bare`, counts and extremes only. The others keep
 * nothing: with `finite`, `loops/measure.ts` tells only whether all numbers are, and with `nothing` not even that.
 */
export type Detail = number | 'bare' | 'finite' | 'nothing' | undefined;

/** A key orders like its values: the upper half of the float's bits, flipped so that negatives come first. */
const keyOfUpper = (upper: number) => (upper & 0x8000 ? ~upper & 0xffff : upper | 0x8000);

const scratch = new DataView(new ArrayBuffer(4));

function upperToFloat(upper: number, low: number): number {
  scratch.setUint32(0, ((upper << 16) | low) >>> 0);
  return scratch.getFloat32(0);
}

/** The bin a number falls into. */
export function keyOf(x: number): number {
  scratch.setFloat32(0, x);
  return keyOfUpper(scratch.getUint16(0));
}

/** The smallest and the largest float32 of a bin, in ascending order. */
export function binRange(key: number): [number, number] {
  const upper = key & 0x8000 ? key & 0x7fff : ~key & 0xffff;
  const a = upperToFloat(upper, 0);
  const b = upperToFloat(upper, 0xffff);
  return a <= b ? [a, b] : [b, a];
}

/** Shorter pieces are not worth the way into the kernels' memory. */
const WORTH = 64;

/** Sums in four lanes, which the elements of a call take in turns: the same order whoever adds them up. */
class Lanes {
  readonly sum = new Float64Array(4);
  readonly square = new Float64Array(4);
  readonly low = new Float32Array(4).fill(Number.POSITIVE_INFINITY);
  readonly high = new Float32Array(4).fill(Number.NEGATIVE_INFINITY);
  readonly zeros = new Int32Array(4);

  set(other: Lanes): void {
    this.sum.set(other.sum);
    this.square.set(other.square);
    this.low.set(other.low);
    this.high.set(other.high);
    this.zeros.set(other.zeros);
  }

  /** Whether there was a NaN or an infinity. Those poison the sums, which are then taken again without them. */
  get poisoned(): boolean {
    const { sum, square, low, high } = this;
    const total = sum[0] + sum[1] + sum[2] + sum[3] + square[0] + square[1] + square[2] + square[3];
    return (
      !Number.isFinite(total) ||
      Math.min(...low) === Number.NEGATIVE_INFINITY ||
      Math.max(...high) === Number.POSITIVE_INFINITY
    );
  }
}

const isPoisoned = ({ signal, noise }: Pick<Sums, 'signal' | 'noise'>): boolean =>
  !Number.isFinite(signal[0] + signal[1] + signal[2] + signal[3] + noise[0] + noise[1] + noise[2] + noise[3]);

/** Builds a sketch piece by piece, so that a tensor can be sketched while it is being read. */
export class Sketcher {
  private readonly bins: Bins;
  private readonly lanes = new Lanes();
  private readonly before = new Lanes();
  private readonly channelMin?: Float32Array<ArrayBuffer>;
  private readonly channelMax?: Float32Array<ArrayBuffer>;
  private readonly inner: number = 1;
  private readonly channelCount: number = 1;
  private readonly axis?: number;
  private readonly bare: boolean;
  /** What a sketch without a histogram has to count. */
  private readonly odd = { nan: 0, inf: 0 };
  private seen = 0;
  private shift = 0;

  /**
   * @param dims the tensor's dims @param detail the axis to keep ranges along, if any, or `bare`
   * @param kernels what to compute with: null for plain loops, which give the same bits
   */
  constructor(
    dims: readonly number[],
    detail?: Detail,
    private readonly kernels: Simd | null = simd(),
  ) {
    this.bare = typeof detail === 'string';
    const axis = typeof detail === 'string' ? undefined : detail;
    this.axis = axis;
    let channels: Float32Array<ArrayBuffer>[] = [];
    // An axis of no length has no elements either.
    if (axis !== undefined && axis < dims.length) {
      this.channelCount = dims[axis] || 1;
      this.inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
      this.channelMin = new Float32Array(dims[axis]).fill(Number.POSITIVE_INFINITY);
      this.channelMax = new Float32Array(dims[axis]).fill(Number.NEGATIVE_INFINITY);
      channels = [this.channelMin, this.channelMax];
    }
    this.bins = new Bins(kernels, channels);
  }

  /** Takes over the kernels' memory, and gives the address from which on it is free meanwhile. */
  claim(): number {
    if (this.bare) Bins.moveOut(this.kernels!);
    else this.bins.toKernels();
    return this.bins.end;
  }

  /** The next elements, in storage order. */
  add(values: Float32Array<ArrayBuffer>): void {
    const { kernels } = this;
    for (let at = 0; at < values.length; at += PIECE) {
      const piece = values.length <= PIECE ? values : values.subarray(at, at + PIECE);
      if (kernels && !this.bare && piece.length >= WORTH) {
        kernels.f32.set(piece, X / 4);
        this.addAt(X, piece.length);
      } else this.addPiece(piece);
    }
  }

  /**
   * The next elements, at most a piece, which are in the kernels' memory already.
   * @param from what they were made from: sums over whole fours of it are taken in the same pass
   */
  addAt(address: number, length: number, from?: { x: number; sums: Pick<Sums, 'signal' | 'noise'> }): void {
    const kernels = this.kernels!;
    this.begin(kernels.f32[address / 4]);
    if (!this.bare) this.bins.toKernels();
    const whole = length & ~3;
    kernels.putLanes(this.lanes);
    if (from) {
      kernels.putLanes(from.sums);
      kernels.run[this.bare ? 'bareMeasure' : 'measure'](from.x, address, whole, this.shift);
      kernels.takeLanes(from.sums);
    } else kernels.run.moments(address, whole, this.shift);
    kernels.takeLanes(this.lanes);
    const values = kernels.f32.subarray(address / 4, address / 4 + length);
    if (whole < length) this.count(moments(this.lanes, this.shift, values, whole));
    // Without sums of its own a bare sketch looks at those of the errors, which stay poisoned.
    if (this.lanes.poisoned || (this.bare && from && isPoisoned(from.sums))) this.withoutPoison(values);
    else if (this.channelMin) this.rangesAt(kernels, address, length);
    this.seen += length;
  }

  private addPiece(values: Float32Array<ArrayBuffer>): void {
    if (values.length === 0) return;
    this.begin(values[0]);
    this.count(moments(this.lanes, this.shift, values, 0));
    if (this.lanes.poisoned) this.withoutPoison(values);
    else if (this.channelMin) this.ranges(values);
    this.seen += values.length;
  }

  private count(bits: Uint32Array): void {
    if (!this.bare) this.bins.count(bits);
  }

  /** Sums are taken about the first value, so that a large mean does not cost the std. */
  private begin(first: number): void {
    if (this.seen === 0) this.shift = Number.isFinite(first) ? first : 0;
    this.before.set(this.lanes);
  }

  /** The lanes of a piece anew, by its finite elements. */
  private withoutPoison(values: Float32Array<ArrayBuffer>): void {
    this.before.zeros.set(this.lanes.zeros);
    this.lanes.set(this.before);
    const { sum, square, low, high } = this.lanes;
    for (let i = 0; i < values.length; i++) {
      const x = values[i];
      if (!Number.isFinite(x)) {
        this.odd[Number.isNaN(x) ? 'nan' : 'inf']++;
        continue;
      }
      const lane = i & 3;
      sum[lane] += x - this.shift;
      square[lane] += (x - this.shift) ** 2;
      if (x < low[lane]) low[lane] = x;
      if (x > high[lane]) high[lane] = x;
    }
    if (this.channelMin) this.ranges(values);
  }

  private rangesAt({ run }: Simd, address: number, length: number): void {
    const { inner, channelCount, seen } = this;
    const high = CHANNELS + this.bins.stride;
    if (inner === 1) run.rowRanges(address, length, seen % channelCount, channelCount, CHANNELS, high);
    else {
      const left = inner - (seen % inner);
      run.runRanges(
        address,
        length,
        left,
        inner,
        Math.floor(seen / inner) % channelCount,
        channelCount,
        CHANNELS,
        high,
      );
    }
  }

  private ranges(values: Float32Array<ArrayBuffer>): void {
    this.bins.toLoops();
    const low = this.channelMin!;
    const high = this.channelMax!;
    const { inner, channelCount } = this;
    for (let at = 0; at < values.length; ) {
      const position = this.seen + at;
      let c = Math.floor(position / inner) % channelCount;
      // Channels alternate where one has but one element: then a whole row of them is updated in step.
      const end = Math.min(values.length, at + (inner === 1 ? channelCount - c : inner - (position % inner)));
      for (; at < end; at++) {
        const x = values[at];
        if (x < low[c] && x !== Number.NEGATIVE_INFINITY) low[c] = x;
        if (x > high[c] && x !== Number.POSITIVE_INFINITY) high[c] = x;
        if (inner === 1) c++;
      }
    }
  }

  /** The sketch of all that was added. Nothing can be added after that. */
  finish(): Sketch {
    const { keys, counts, nan, inf } = this.bare ? { ...NOTHING, ...this.odd } : this.bins.finish(keyOfUpper);
    const { sum, square, low, high, zeros } = this.lanes;
    const finite = this.seen - nan - inf;
    const mean = finite ? (sum[0] + sum[1] + sum[2] + sum[3]) / finite : 0;
    const squares = square[0] + square[1] + square[2] + square[3];
    // Which zero is the smaller is nobody's business: +0 for all.
    const channels = this.channelMin && {
      axis: this.axis!,
      min: this.channelMin.map((x) => (x === Number.POSITIVE_INFINITY ? 0 : x + 0)),
      max: this.channelMax!.map((x) => (x === Number.NEGATIVE_INFINITY ? 0 : x + 0)),
    };
    return {
      count: this.seen,
      nan,
      inf,
      zeros: zeros[0] + zeros[1] + zeros[2] + zeros[3],
      min: finite ? Math.min(...low) + 0 : 0,
      max: finite ? Math.max(...high) + 0 : 0,
      mean: this.bare ? Number.NaN : mean + (finite ? this.shift : 0),
      std: this.bare ? Number.NaN : finite ? Math.sqrt(Math.max(0, squares / finite - mean * mean)) : 0,
      keys,
      counts,
      ...(channels && { channels }),
    };
  }
}

/** Adds the elements from `from` on, a multiple of 4, to the lanes; gives what is to be counted. */
function moments(lanes: Lanes, shift: number, values: Float32Array<ArrayBuffer>, from: number): Uint32Array {
  const { sum, square, low, high, zeros } = lanes;
  for (let lane = 0; lane < 4; lane++) {
    let s = sum[lane];
    let q = square[lane];
    let min = low[lane];
    let max = high[lane];
    let zero = zeros[lane];
    for (let i = from + lane; i < values.length; i += 4) {
      const x = values[i];
      const d = x - shift;
      s += d;
      q += d * d;
      if (x < min) min = x;
      if (x > max) max = x;
      if (x === 0) zero++;
    }
    sum[lane] = s;
    square[lane] = q;
    low[lane] = min;
    high[lane] = max;
    zeros[lane] = zero;
  }
  return new Uint32Array(values.buffer, values.byteOffset + 4 * from, values.length - from);
}

/** The sketch of a whole tensor in memory. */
export function sketchOf(
  values: Float32Array<ArrayBuffer>,
  dims: readonly number[] = [values.length],
  axis?: number,
): Sketch {
  const sketcher = new Sketcher(dims, axis);
  sketcher.add(values);
  return sketcher.finish();
}
