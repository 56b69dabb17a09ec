/**
 * The sketch of a tensor: everything the sliders read. One pass over the weights gives exact moments and a histogram
 * over the upper 16 bits of each float32: sign, exponent and 7 bits of the fraction. Such a bin is at most 0.8 % wide
 * relative to its value whatever the tensor's range, its order is the order of the numbers, and summing sketches is
 * adding bins. A plain loop: it measured faster than any graph, since ONNX has no histogram operator.
 */
export interface Sketch {
  /** All elements, NaN and Inf included. */
  readonly count: number;
  readonly nan: number;
  readonly inf: number;
  /** Exact zeros, −0 included. */
  readonly zeros: number;
  /** Of the finite elements; 0 when there are none. Population std. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  /** The keys of the bins that hold something, in ascending order of value, and how many each holds. */
  readonly keys: Uint16Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Ranges along the channel axis, when the tensor has one; finite elements only. */
  readonly channels?: {
    readonly axis: number;
    readonly min: Float32Array<ArrayBuffer>;
    readonly max: Float32Array<ArrayBuffer>;
  };
}

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

/** Builds a sketch piece by piece, so that a tensor can be sketched while it is being read. */
export class Sketcher {
  private readonly bins = new Uint32Array(65536);
  private readonly channelMin?: Float32Array<ArrayBuffer>;
  private readonly channelMax?: Float32Array<ArrayBuffer>;
  private readonly inner: number = 1;
  private readonly channelCount: number = 1;
  private seen = 0;
  private zeros = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = 0;
  private squares = 0;
  private shift = 0;

  /** @param dims the tensor's dims @param axis the axis to keep ranges along, if any */
  constructor(
    dims: readonly number[],
    private readonly axis?: number,
  ) {
    if (axis === undefined || axis >= dims.length) return;
    this.channelCount = dims[axis];
    this.inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    this.channelMin = new Float32Array(this.channelCount).fill(Number.POSITIVE_INFINITY);
    this.channelMax = new Float32Array(this.channelCount).fill(Number.NEGATIVE_INFINITY);
  }

  /** The next elements, in storage order. */
  add(values: Float32Array<ArrayBuffer>): void {
    this.moments(values);
    if (this.channelMin) this.ranges(values);
    this.seen += values.length;
  }

  /** Histogram and moments. Sums are taken about the first value, so that a large mean does not cost the std. */
  private moments(values: Float32Array<ArrayBuffer>): void {
    const { bins } = this;
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    if (this.seen === 0 && values.length) this.shift = Number.isFinite(values[0]) ? values[0] : 0;
    const shift = this.shift;
    let { min, max, zeros } = this;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      const x = values[i];
      bins[bits[i] >>> 16]++;
      const d = x - shift;
      // NaN and Inf poison the sums below; `finish` knows from the bins and they are taken again without them.
      sum += d;
      squares += d * d;
      if (x < min) min = x;
      if (x > max) max = x;
      if (x === 0) zeros++;
    }
    if (
      !Number.isFinite(sum) ||
      !Number.isFinite(squares) ||
      min === Number.NEGATIVE_INFINITY ||
      max === Number.POSITIVE_INFINITY
    ) {
      [sum, squares, min, max] = this.finiteOnly(values);
    }
    this.sum += sum;
    this.squares += squares;
    this.min = min;
    this.max = max;
    this.zeros = zeros;
  }

  private finiteOnly(values: Float32Array<ArrayBuffer>): [number, number, number, number] {
    let { min, max } = this;
    let sum = 0;
    let squares = 0;
    for (const x of values) {
      if (!Number.isFinite(x)) continue;
      sum += x - this.shift;
      squares += (x - this.shift) ** 2;
      if (x < min) min = x;
      if (x > max) max = x;
    }
    return [sum, squares, min, max];
  }

  private ranges(values: Float32Array<ArrayBuffer>): void {
    const low = this.channelMin!;
    const high = this.channelMax!;
    const { inner, channelCount } = this;
    let at = 0;
    if (inner === 1) {
      // Channels alternate: the whole row of ranges is updated in step.
      let c = this.seen % channelCount;
      for (; at < values.length; at++) {
        const x = values[at];
        if (x < low[c] && x !== Number.NEGATIVE_INFINITY) low[c] = x;
        if (x > high[c] && x !== Number.POSITIVE_INFINITY) high[c] = x;
        if (++c === channelCount) c = 0;
      }
      return;
    }
    while (at < values.length) {
      const position = this.seen + at;
      const c = Math.floor(position / inner) % channelCount;
      const end = Math.min(values.length, at + inner - (position % inner));
      let lo = low[c];
      let hi = high[c];
      for (; at < end; at++) {
        const x = values[at];
        if (x < lo && x !== Number.NEGATIVE_INFINITY) lo = x;
        if (x > hi && x !== Number.POSITIVE_INFINITY) hi = x;
      }
      low[c] = lo;
      high[c] = hi;
    }
  }

  /** The sketch of all that was added. */
  finish(): Sketch {
    const found: [number, number][] = [];
    let nan = 0;
    let inf = 0;
    for (let upper = 0; upper < 65536; upper++) {
      const n = this.bins[upper];
      if (n === 0) continue;
      if ((upper & 0x7f80) === 0x7f80) {
        // The bin of infinity also holds the NaNs whose upper fraction bits are zero; no writer makes those.
        if ((upper & 0x7f) === 0) inf += n;
        else nan += n;
      } else found.push([keyOfUpper(upper), n]);
    }
    found.sort((a, b) => a[0] - b[0]);
    const finite = this.seen - nan - inf;
    const mean = finite ? this.sum / finite : 0;
    const channels = this.channelMin && {
      axis: this.axis!,
      min: this.channelMin.map((x) => (x === Number.POSITIVE_INFINITY ? 0 : x)),
      max: this.channelMax!.map((x) => (x === Number.NEGATIVE_INFINITY ? 0 : x)),
    };
    return {
      count: this.seen,
      nan,
      inf,
      zeros: this.zeros,
      min: finite ? this.min : 0,
      max: finite ? this.max : 0,
      mean: mean + (finite ? this.shift : 0),
      std: finite ? Math.sqrt(Math.max(0, this.squares / finite - mean * mean)) : 0,
      keys: Uint16Array.from(found, (f) => f[0]),
      counts: Uint32Array.from(found, (f) => f[1]),
      ...(channels && { channels }),
    };
  }
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
