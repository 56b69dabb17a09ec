import { binRange, type Sketch } from '../kernels/sketch.ts';

/** A histogram in ascending order; inside a bin the density is taken as even. Exact zeros are kept apart. */
export interface Bins {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly count: Float64Array;
  readonly zeros: number;
}

/** Of 128 sketch bins per octave, 16 are left. */
const MERGE = 3;

/** The share of the elements that the bins around zero may hold. */
const BLURRED = 0.01;

const cache = new WeakMap<Sketch, Bins>();

/** The two bins that hold ±0 and what is below 1e-38. */
const isZero = (key: number) => key === 0x8000 || key === 0x7fff;

/**
 * A sketch with fewer bins, so that hundreds of layers are evaluated in a frame. What is smaller than both a 4096th of the
 * largest magnitude and a 256th of the standard deviation becomes one bin: no slider can tell it apart. Where that would be more than
 * a hundredth of the elements, as of importance, which runs over many powers of ten, less becomes one.
 */
export function binsOf(sketch: Sketch): Bins {
  let bins = cache.get(sketch);
  if (!bins) {
    bins = merge(sketch);
    cache.set(sketch, bins);
  }
  return bins;
}

function merge(sketch: Sketch): Bins {
  const { keys, counts, min, max, std } = sketch;
  let floor = Math.min(Math.max(max, -min) / 4096, std / 256);
  while (floor > 0 && countUnder(sketch, floor) > BLURRED * sketch.count) floor /= 2;
  const low: number[] = [];
  const high: number[] = [];
  const count: number[] = [];
  let zeros = 0;
  let slot = -1;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (isZero(key)) {
      zeros += counts[i];
      continue;
    }
    const [a, b] = binRange(key);
    const tiny = Math.max(-a, b) < floor;
    const own = tiny ? (a < 0 ? -2 : -3) : key >> MERGE;
    const last = low.length - 1;
    if (own === slot) {
      high[last] = Math.min(b, max);
      count[last] += counts[i];
    } else {
      low.push(Math.max(a, min));
      high.push(Math.min(b, max));
      count.push(counts[i]);
      slot = own;
    }
  }
  return { low: Float64Array.from(low), high: Float64Array.from(high), count: Float64Array.from(count), zeros };
}

/** The elements other than zeros whose bin is below a magnitude. */
function countUnder({ keys, counts }: Sketch, magnitude: number): number {
  let n = 0;
  for (let i = 0; i < keys.length; i++) {
    if (isZero(keys[i])) continue;
    const [a, b] = binRange(keys[i]);
    if (Math.max(-a, b) < magnitude) n += counts[i];
  }
  return n;
}

/** Mean of x² in a bin. */
export function meanSquare(a: number, b: number): number {
  return (a * a + a * b + b * b) / 3;
}

/** Elements in all the bins. */
export function massOf(bins: Bins): number {
  let n = bins.zeros;
  for (let i = 0; i < bins.count.length; i++) n += bins.count[i];
  return n;
}
