import { countInto, emptyHistogram, type Histogram } from './histogram.ts';
import type { Rounding } from './numpy.ts';

/** What a batch adds to a histogram: its values, in pieces, and its extremes (0 and 0 for a batch of nothing). */
export interface Batch {
  readonly parts: readonly Float32Array[];
  readonly min: number;
  readonly max: number;
}

/** A histogram over the batches so far. */
export interface Running extends Histogram {
  /** The largest magnitude that the edges were made for, which is 0 where they are ±0.5. */
  readonly reached: number;
}

/** numpy's floor_divide of floats (numpy/_core/src/npymath/npy_math_internal.h, `npy_divmod`). */
function floorDivide(a: number, b: number, round: Rounding): number {
  const quotient = round(round(a - (a % b)) / b);
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/**
 * A batch joins a histogram over −t … t, which only ever grows outward, by whole bins.
 * onnxruntime/quantization/calibrate.py, `HistogramCollector.collect_value` and `merge_histogram`.
 */
export function addValues(old: Running | undefined, batch: Batch, bins: number, round: Rounding): Running {
  const threshold = Math.max(Math.abs(batch.min), Math.abs(batch.max));
  const count = (reached: number, n: number): Histogram => {
    const h = emptyHistogram(-reached, reached, n, round);
    for (const part of batch.parts) countInto(h, part, round);
    return h;
  };
  if (!old) return { ...count(threshold, bins), reached: threshold };
  const kept = old.counts.length;
  let reached = Math.max(old.reached, threshold);
  let more = 0;
  if (threshold > old.reached && old.reached !== 0) {
    const stride = round(round(2 * old.reached) / kept);
    more = Math.trunc(round(floorDivide(round(threshold - old.reached), stride, round) + 1));
    reached = round(round(more * stride) + old.reached);
  }
  const { edges, counts } = count(reached, kept + 2 * more);
  for (let i = 0; i < kept; i++) counts[more + i] += old.counts[i];
  return { edges: threshold <= old.reached ? old.edges : edges, counts, reached };
}

/** A batch joins a histogram of |x|, which grows to the right: `HistogramCollector.collect_absolute_value`. */
export function addMagnitudes(old: Running | undefined, batch: Batch, bins: number, round: Rounding): Running {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const part of batch.parts) {
    for (let i = 0; i < part.length; i++) {
      const v = Math.abs(part[i]);
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (!old) {
    const h = emptyHistogram(Math.min(low, high), high, bins, round);
    for (const part of batch.parts) countInto(h, part, round, true);
    return { ...h, reached: high };
  }
  const edges = high > old.edges[old.counts.length] ? widened(old.edges, high, round) : old.edges;
  const counts = new Float64Array(edges.length - 1);
  counts.set(old.counts);
  for (const part of batch.parts) countBetween(edges, counts, part);
  return { edges, counts, reached: Math.max(old.reached, high) };
}

/** More edges of the first bin's width, as `numpy.arange` makes them: start + i · ((start + width) − start). */
function widened(edges: Float32Array, to: number, round: Rounding): Float32Array<ArrayBuffer> {
  const width = round(edges[1] - edges[0]);
  const start = round(edges[edges.length - 1] + width);
  const count = Math.max(0, Math.ceil(round(round(round(to + width) - start) / width)));
  const next = round(start + width);
  const step = round(next - start);
  const out = new Float32Array(edges.length + count);
  out.set(edges);
  for (let i = 0; i < count; i++)
    out[edges.length + i] = i === 0 ? start : i === 1 ? next : round(start + round(i * step));
  return out;
}

/** Counts |x| between edges that need not be even: left ≤ v < right, and the last right one too. */
function countBetween(edges: Float32Array, counts: Float64Array, x: Float32Array): void {
  const last = counts.length - 1;
  for (let k = 0; k < x.length; k++) {
    const v = Math.abs(x[k]);
    if (!(v >= edges[0] && v <= edges[last + 1])) continue;
    let low = 0;
    for (let high = last; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (edges[middle] <= v) low = middle;
      else high = middle - 1;
    }
    counts[low]++;
  }
}
