import { type Grouping, groupCount, shapeOf, walk } from '../grouping.ts';
import { Bins } from '../simd/bins.ts';
import { CHANNELS, PIECE, X } from '../simd/layout.ts';
import type { Simd } from '../simd/module.ts';
import { simdFor } from '../simd/resident.ts';

/** Smaller tensors are not worth the way into the kernels' memory. */
const WORTH = 256;

/** The extremes of each group, and whether all elements are finite. */
export interface Extremes {
  readonly min: Float32Array<ArrayBuffer>;
  readonly max: Float32Array<ArrayBuffer>;
  readonly finite: boolean;
}

/**
 * Minimum and maximum of each group, where all are finite; else what they are is not said. ∞ and −∞ for a group without
 * elements; which zero is the smaller is not said either. Unlike `ranges` nothing is passed over.
 */
export function extremes(
  x: Float32Array,
  grouping: Grouping,
  kernels: Simd | null = simdFor(x, [groupCount(grouping)]),
): Extremes {
  const groups = groupCount(grouping);
  const min = new Float32Array(groups).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(groups).fill(Number.NEGATIVE_INFINITY);
  const { inner } = shapeOf(grouping);
  const simple = grouping.granularity !== 'block' && kernels && x.length >= WORTH && groups > 0;
  const poison = simple
    ? byKernels(x, kernels, grouping.granularity === 'tensor' ? x.length : inner, min, max)
    : byLoops(x, grouping, min, max);
  return { min, max, finite: !Number.isNaN(poison) };
}

function byKernels(x: Float32Array, kernels: Simd, inner: number, min: Float32Array, max: Float32Array): number {
  const groups = min.length;
  const stride = 16 * Math.ceil(groups / 4);
  const [low, high] = [CHANNELS, CHANNELS + stride];
  Bins.moveOut(kernels);
  kernels.reserve(CHANNELS, 2 * stride);
  const { f32, run } = kernels;
  f32.set(min, low / 4);
  f32.set(max, high / 4);
  // What is looked at once, where it lies, need not be in the cache for a second kernel.
  const piece = inner > 1 && kernels.holds(x) ? x.length : PIECE;
  let poison = 0;
  for (let at = 0; at < x.length; at += piece) {
    const length = Math.min(piece, x.length - at);
    const address = kernels.addressOf(x.subarray(at, at + length), X);
    if (inner === 1) {
      poison += run.poison(address, length);
      run.rowRanges(address, length, at % groups, groups, low, high);
    } else {
      const [left, group] = [inner - (at % inner), Math.floor(at / inner) % groups];
      poison += run.runRanges(address, length, left, inner, group, groups, low, high);
    }
  }
  min.set(f32.subarray(low / 4, low / 4 + groups));
  max.set(f32.subarray(high / 4, high / 4 + groups));
  return poison;
}

function byLoops(x: Float32Array, grouping: Grouping, min: Float32Array, max: Float32Array): number {
  let poison = 0;
  walk(
    grouping,
    (from, to, g) => {
      poison += rangeRun(x, from, to, min, max, g);
    },
    (from, to, g) => {
      poison += rangeRow(x, from, to, min, max, g);
    },
  );
  return poison;
}

/** Four chains side by side, since each comparison waits for the last of its own. x · 0 is NaN for what is not finite. */
function rangeRun(x: Float32Array, from: number, to: number, min: Float32Array, max: Float32Array, g: number): number {
  let a0 = min[g];
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = max[g];
  let b1 = b0;
  let b2 = b0;
  let b3 = b0;
  let p0 = 0;
  let p1 = 0;
  let i = from;
  for (; i + 3 < to; i += 4) {
    const v0 = x[i];
    const v1 = x[i + 1];
    const v2 = x[i + 2];
    const v3 = x[i + 3];
    if (v0 < a0) a0 = v0;
    if (v1 < a1) a1 = v1;
    if (v2 < a2) a2 = v2;
    if (v3 < a3) a3 = v3;
    if (v0 > b0) b0 = v0;
    if (v1 > b1) b1 = v1;
    if (v2 > b2) b2 = v2;
    if (v3 > b3) b3 = v3;
    p0 += (v0 + v1) * 0;
    p1 += (v2 + v3) * 0;
  }
  for (; i < to; i++) {
    const v = x[i];
    if (v < a0) a0 = v;
    if (v > b0) b0 = v;
    p0 += v * 0;
  }
  min[g] = Math.min(a0, a1, a2, a3);
  max[g] = Math.max(b0, b1, b2, b3);
  return p0 + p1;
}

function rangeRow(x: Float32Array, from: number, to: number, min: Float32Array, max: Float32Array, g0: number): number {
  let poison = 0;
  for (let i = from, g = g0; i < to; i++, g++) {
    const v = x[i];
    if (v < min[g]) min[g] = v;
    if (v > max[g]) max[g] = v;
    poison += v * 0;
  }
  return poison;
}
