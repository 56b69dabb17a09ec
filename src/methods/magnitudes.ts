import type { Sketch } from '../kernels/sketch.ts';
import { binsOf } from './bins.ts';

/** Bins of one sign by magnitude, and how many elements lie below each. */
interface Side {
  low: Float64Array;
  high: Float64Array;
  below: Float64Array;
}

const cache = new WeakMap<Sketch, Side[]>();

function sidesOf(sketch: Sketch): Side[] {
  let sides = cache.get(sketch);
  if (!sides) {
    const { low, high, count } = binsOf(sketch);
    const side = (order: number[], flip: boolean): Side => {
      const below = new Float64Array(order.length + 1);
      order.forEach((i, k) => {
        below[k + 1] = below[k] + count[i];
      });
      const lows = Float64Array.from(order, (i) => (flip ? -high[i] : low[i]));
      const highs = Float64Array.from(order, (i) => (flip ? -low[i] : high[i]));
      return { low: lows, high: highs, below };
    };
    const all = Array.from(count.keys());
    sides = [
      side(
        all.filter((i) => low[i] >= 0),
        false,
      ),
      side(all.filter((i) => low[i] < 0).reverse(), true),
    ];
    cache.set(sketch, sides);
  }
  return sides;
}

/** How many elements are of smaller magnitude than `threshold`, by the sketch; exact zeros always are. */
export function countBelow(sketch: Sketch, threshold: number): number {
  let n = binsOf(sketch).zeros;
  for (const { low, high, below } of sidesOf(sketch)) {
    let i = 0;
    for (let end = low.length; i < end; ) {
      const m = (i + end) >> 1;
      if (high[m] < threshold) i = m + 1;
      else end = m;
    }
    n += below[i];
    if (i < low.length && low[i] < threshold) {
      n += ((below[i + 1] - below[i]) * (threshold - low[i])) / (high[i] - low[i]);
    }
  }
  return n;
}

const view = new DataView(new ArrayBuffer(4));

/**
 * The least threshold below which `k` elements of all the sketches lie: a bisection over float32, whose bits are in the order of
 * the numbers. Elements below a sketch's own `floor` have fallen already.
 */
export function thresholdFor(sketches: readonly { sketch: Sketch; floor: number }[], k: number): number {
  const total = sketches.reduce((n, s) => n + s.sketch.count, 0);
  if (k >= total) return Number.POSITIVE_INFINITY;
  const gone = sketches.map(({ sketch, floor }) => countBelow(sketch, floor));
  let low = 0;
  let high = 0x7f800000;
  while (low < high) {
    const middle = (low + high) >>> 1;
    view.setUint32(0, middle);
    const threshold = view.getFloat32(0);
    let n = 0;
    for (let i = 0; i < sketches.length; i++) n += Math.max(gone[i], countBelow(sketches[i].sketch, threshold));
    if (n >= k) high = middle;
    else low = middle + 1;
  }
  view.setUint32(0, low);
  return view.getFloat32(0);
}
