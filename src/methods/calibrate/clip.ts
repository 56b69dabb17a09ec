import type { Histogram } from './histogram.ts';
import type { Range } from './thresholds.ts';

/** What a clip does to the values of a histogram, as sums over its values. */
export interface ClipEffect {
  /** Σx² */
  signal: number;
  /** Expected Σ(x − x̂)² */
  noise: number;
}

/** Sums over the bins left of each edge, so that any clip is evaluated at once. */
interface Moments {
  readonly edges: Float32Array;
  /** Values, Σx and Σx² of the bins before edge i, values evenly spread inside a bin. */
  readonly s0: Float64Array;
  readonly s1: Float64Array;
  readonly s2: Float64Array;
}

const cache = new WeakMap<Histogram, Moments>();

function momentsOf(h: Histogram): Moments {
  const known = cache.get(h);
  if (known) return known;
  const { edges, counts } = h;
  const n = counts.length;
  const [s0, s1, s2] = [0, 1, 2].map(() => new Float64Array(n + 1));
  for (let i = 0; i < n; i++) {
    const [a, b] = [edges[i], edges[i + 1]];
    s0[i + 1] = s0[i] + counts[i];
    s1[i + 1] = s1[i] + (counts[i] * (a + b)) / 2;
    s2[i + 1] = s2[i] + (counts[i] * (a * a + a * b + b * b)) / 3;
  }
  const m = { edges, s0, s1, s2 };
  cache.set(h, m);
  return m;
}

/** Σ1, Σx, Σx² of the values below x. */
function below({ edges, s0, s1, s2 }: Moments, x: number): [number, number, number] {
  const n = edges.length - 1;
  if (x <= edges[0]) return [0, 0, 0];
  if (x >= edges[n]) return [s0[n], s1[n], s2[n]];
  let i = 0;
  for (let high = n - 1; i < high; ) {
    const m = (i + high + 1) >> 1;
    if (edges[m] <= x) i = m;
    else high = m - 1;
  }
  const a = edges[i];
  const part = (s0[i + 1] - s0[i]) * ((x - a) / (edges[i + 1] - a));
  return [s0[i] + part, s1[i] + (part * (a + x)) / 2, s2[i] + (part * (a * a + a * x + x * x)) / 3];
}

/** The range that integers really cover: 0 is in it, and it is as wide to both sides if `symmetric`. */
function covered([low, high]: Range, symmetric: boolean): Range {
  const lo = Math.min(low, 0);
  const hi = Math.max(high, 0);
  const a = Math.max(-lo, hi);
  return symmetric ? [-a, a] : [lo, hi];
}

/**
 * Clipping and rounding noise: values inside have a step's own variance Δ²/12 (but exact zeros none), values outside
 * their distance to the end.
 * @param bits of the integers, 1 … 16
 * @param zeros how many values are exactly 0, which quantizers keep
 */
export function clipEffect(h: Histogram, clip: Range, bits: number, symmetric: boolean, zeros = 0): ClipEffect {
  const m = momentsOf(h);
  const n = h.counts.length;
  const [lo, hi] = covered(clip, symmetric);
  const step = (hi - lo) / (2 ** bits - (symmetric ? 2 : 1));
  const [a0, a1, a2] = below(m, lo);
  const [b0, b1, b2] = below(m, hi);
  const left = a2 - 2 * lo * a1 + lo * lo * a0;
  const right = m.s2[n] - b2 - 2 * hi * (m.s1[n] - b1) + hi * hi * (m.s0[n] - b0);
  const inside = Math.max(0, b0 - a0 - zeros);
  return { signal: m.s2[n], noise: Math.max(0, left) + Math.max(0, right) + (inside * step * step) / 12 };
}

/**
 * SQNR in dB that a clip of a histogram implies: 10·log10(Σx² / Σ(x − x̂)²), as `clipEffect` expects it. −Infinity or
 * Infinity where one of the two is 0. Cheap enough for every frame of a drag.
 */
export function clipSqnr(h: Histogram, lo: number, hi: number, bits: number, symmetric: boolean, zeros = 0): number {
  const { signal, noise } = clipEffect(h, [lo, hi], bits, symmetric, zeros);
  if (noise === 0) return Number.POSITIVE_INFINITY;
  return 10 * Math.log10(signal / noise);
}

/** Candidates for an end of the range, from the whole of it down to a 256th: evenly spaced, then halved and searched again. */
const STEPS = 32;
const ROUNDS = 6;

/**
 * The range that makes the expected squared error least, both ends searched in turn on grids that narrow (the error has one
 * valley in each). Never wider than what was seen.
 */
export function mseRange(h: Histogram, min: number, max: number, bits: number, symmetric: boolean, zeros = 0): Range {
  const noise = (lo: number, hi: number) => clipEffect(h, [lo, hi], bits, symmetric, zeros).noise;
  if (symmetric) {
    const widest = Math.max(-min, max, 0);
    const a = narrow(widest, (t) => noise(-t, t));
    return [Math.max(-a, min), Math.min(a, max)];
  }
  let lo = Math.min(min, 0);
  let hi = Math.max(max, 0);
  for (let round = 0; round < 3; round++) {
    hi = narrow(Math.max(max, 0), (t) => noise(lo, t));
    lo = -narrow(Math.max(-min, 0), (t) => noise(-t, hi));
  }
  return [lo, hi];
}

/** The t in (0, widest] of least cost. */
function narrow(widest: number, cost: (t: number) => number): number {
  if (!(widest > 0)) return 0;
  let best = widest;
  let least = cost(widest);
  let from = 0;
  let to = widest;
  for (let round = 0; round < ROUNDS; round++) {
    const step = (to - from) / STEPS;
    for (let i = 1; i <= STEPS; i++) {
      const t = from + i * step;
      const c = cost(t);
      if (c < least) {
        least = c;
        best = t;
      }
    }
    from = Math.max(0, best - step);
    to = Math.min(widest, best + step);
  }
  return best;
}
