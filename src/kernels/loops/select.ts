import type { Sketch } from '../sketch.ts';

/**
 * Where exactly k elements fall away. Magnitudes are compared as the bits of |x|, whose order is the order of the
 * numbers, with NaN above all and never falling away: those below `magnitude` go, those above stay, and of those equal to it the first `keep`
 * in order of tensors and indices stay.
 */
export interface Threshold {
  /** Bits of a float32 without its sign. */
  readonly magnitude: number;
  readonly keep: number;
}

const view = new DataView(new ArrayBuffer(4));

/** The threshold as a number, for people. */
export function thresholdValue(t: Threshold): number {
  view.setUint32(0, t.magnitude);
  return view.getFloat32(0);
}

/** The magnitude's upper 15 bits from a sketch's key: the upper 16 bits of a float with negatives flipped. */
const binOf = (key: number) => (key & 0x8000 ? key & 0x7fff : ~key & 0x7fff);
const INFINITE = 0x7f80;

/** How many elements of all the tensors fall into each bin of magnitudes; NaN are left out. */
export function magnitudeBins(sketches: Iterable<Sketch>): Float64Array {
  const bins = new Float64Array(INFINITE + 1);
  for (const s of sketches) {
    for (let i = 0; i < s.keys.length; i++) bins[binOf(s.keys[i])] += s.counts[i];
    bins[INFINITE] += s.inf;
  }
  return bins;
}

/**
 * Finds the exact threshold below which k elements of any number of tensors lie, in two passes of radix selection: the
 * upper bits from the tensors' sketches, the lower 16 from the one bin that matters, in a second look at the values.
 * The tensors may come in any order; the order in which they are masked later decides which equal elements stay.
 */
export class MagnitudeSelector {
  private readonly low = new Uint32Array(65536);
  private readonly bin: number = -1;
  /** How many elements of the bin fall away. */
  private readonly rank: number = 0;

  /** @param bins of every tensor that takes part @param k how many elements are to fall away; NaN never do */
  constructor(bins: Float64Array, k: number) {
    let below = 0;
    for (let bin = 0; bin < bins.length && k > 0; bin++) {
      if (bins[bin] === 0) continue;
      this.bin = bin;
      this.rank = Math.min(k - below, bins[bin]);
      below += bins[bin];
      if (below >= k) return;
    }
  }

  /** Whether a tensor has anything in the bin in question; if not, `add` need not see it. */
  needs(sketch: Sketch): boolean {
    if (this.bin < 0) return false;
    return this.bin === INFINITE ? sketch.inf > 0 : sketch.keys.some((key) => binOf(key) === this.bin);
  }

  /** The next values, in any pieces. */
  add(values: Float32Array): void {
    const { low, bin } = this;
    if (bin < 0) return;
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) {
      const b = bits[i] & 0x7fffffff;
      if (b >>> 16 === bin) low[b & 0xffff]++;
    }
  }

  /** The threshold, once every value was added. */
  finish(): Threshold {
    if (this.bin < 0) return { magnitude: 0, keep: Number.POSITIVE_INFINITY };
    let below = 0;
    for (let i = 0; i < 65536; i++) {
      const n = this.low[i];
      if (below + n >= this.rank) return { magnitude: this.bin * 65536 + i, keep: below + n - this.rank };
      below += n;
    }
    throw new Error('the values are not those of the sketches');
  }
}

/** The exact threshold for k elements of one tensor in memory. */
export function smallestMagnitudes(x: Float32Array, k: number): Threshold {
  const bits = new Uint32Array(x.buffer, x.byteOffset, x.length);
  const counts = new Uint32Array(32768);
  for (let i = 0; i < bits.length; i++) counts[(bits[i] >>> 16) & 0x7fff]++;
  const selector = new MagnitudeSelector(Float64Array.from(counts.subarray(0, INFINITE + 1)), k);
  selector.add(x);
  return selector.finish();
}
