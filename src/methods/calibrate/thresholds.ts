import type { Histogram } from './histogram.ts';
import { pairwiseSum } from './numpy.ts';

/** Where a tensor is clipped. */
export type Range = readonly [low: number, high: number];

/** A range no wider than what was seen. */
function cut([low, high]: Range, min: number, max: number): Range {
  return [low < min ? min : low, high > max ? max : high];
}

/**
 * The range that holds a share of the values: onnxruntime/quantization/calibrate.py, `compute_percentile`, sums in float64.
 * @param h of magnitudes if `symmetric`
 * @param percentile 0 … 100
 */
export function percentileRange(h: Histogram, percentile: number, symmetric: boolean, min: number, max: number): Range {
  const { edges, counts } = h;
  const total = counts.reduce((a, b) => a + b, 0);
  const reaching = (share: number): number => {
    let sum = 0;
    for (let i = 0; i < counts.length; i++) {
      sum += counts[i] / total;
      if (sum >= share) return edges[i];
    }
    return edges[counts.length];
  };
  if (symmetric) {
    const t = reaching(percentile / 100);
    return cut([-t, t], min, max);
  }
  const side = (100 - percentile) / 200;
  return cut([reaching(side), reaching(1 - side)], min, max);
}

const EPSILON = 0.0001;

/** Zero bins get a little of what the others have; undefined when all are zero. `smooth_distribution`, in float32. */
function smooth(p: Float64Array): Float32Array | undefined {
  let zeros = 0;
  for (const v of p) if (v === 0) zeros++;
  if (zeros === p.length) return undefined;
  const less = Math.fround(-((EPSILON * zeros) / (p.length - zeros)));
  const more = Math.fround(EPSILON);
  return Float32Array.from(p, (v) => Math.fround(v) + (v === 0 ? more : less));
}

/** Σ p ln(p / q) of two histograms scaled to 1, in float32 (scipy.stats.entropy). */
function divergence(p: Float32Array, q: Float32Array): number {
  const sumP = pairwiseSum(p);
  const sumQ = pairwiseSum(q);
  const terms = new Float32Array(p.length);
  for (let i = 0; i < p.length; i++) {
    const a = Math.fround(p[i] / sumP);
    const b = Math.fround(q[i] / sumQ);
    terms[i] = a * Math.fround(Math.log(Math.fround(a / b)));
  }
  return pairwiseSum(terms);
}

/**
 * The symmetric stretch of bins whose quantized form diverges least from what is clipped to it (Migacz 2017, "8-bit
 * inference with TensorRT"): `get_entropy_threshold`.
 * @param h of values over −t … t, with at least `quantizedBins` bins
 */
export function entropyRange({ edges, counts }: Histogram, quantizedBins: number, min: number, max: number): Range {
  const n = counts.length;
  const middle = n >> 1;
  const half = quantizedBins >> 1;
  const before = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) before[i + 1] = before[i] + counts[i];
  let best: Range = [0, 0];
  let least = Number.POSITIVE_INFINITY;
  for (let i = half; i <= middle; i++) {
    const start = middle - i;
    const end = Math.min(middle + i + 1, n);
    const p = counts.slice(start, end);
    p[0] += before[start];
    p[p.length - 1] += before[n] - before[end];
    const q = quantizedShape(counts, p, start, end, quantizedBins);
    const [smoothP, smoothQ] = [smooth(p), smooth(q)];
    const d = smoothP && smoothQ ? divergence(smoothP, smoothQ) : Number.POSITIVE_INFINITY;
    if (i === half || d < least) {
      least = d;
      best = [edges[start], edges[end]];
    }
  }
  return cut(best, min, max);
}

/** p merged into a few bins and spread again over those of its bins that are not empty, in whole numbers. */
function quantizedShape(counts: Float64Array, p: Float64Array, start: number, end: number, bins: number): Float64Array {
  const merged = Math.floor((end - start) / bins);
  const q = new Float64Array(end - start);
  for (let b = 0; b < bins; b++) {
    const from = b * merged;
    let sum = 0;
    let filled = 0;
    for (let k = from; k < from + merged; k++) {
      sum += counts[start + k];
      if (p[k] !== 0) filled++;
    }
    if (b === bins - 1) for (let k = bins * merged; k < end - start; k++) sum += counts[start + k];
    if (filled > 0) q.fill(Math.trunc(sum / filled), from, from + merged);
  }
  return q;
}
