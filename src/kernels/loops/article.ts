import { type Grouping, groupCount, walk } from '../grouping.ts';
import { dequantizeAffine } from './quantize.ts';
import type { Ranges } from './ranges.ts';

/** What the `article` scheme stores: x ≈ (q + 2ᵇ⁻¹) · scale + min. */
export interface ArticleValues {
  q: Int8Array<ArrayBuffer>;
  /** (max − min) / 2ᵇ of each group; 0 for a group of equal elements. */
  scale: Float32Array<ArrayBuffer>;
}

/**
 * The `article` scheme: with x̂ = (x − min) / (max − min), q = clamp(round(x̂·2ᵇ − 2ᵇ⁻¹), −2ᵇ⁻¹, 2ᵇ⁻¹ − 1), ties to even.
 * Multiplying by 2ᵇ is exact, so (x − min) / scale is the same float32. Groups of equal elements and NaN take the lowest q.
 */
export function quantizeArticle(
  x: Float32Array,
  grouping: Grouping,
  bits: number,
  { min, max }: Ranges,
): ArticleValues {
  const half = 2 ** (bits - 1);
  const groups = groupCount(grouping);
  const scale = new Float32Array(groups);
  for (let g = 0; g < groups; g++) scale[g] = Math.fround(max[g] - min[g]) / (2 * half);
  const q = new Int8Array(x.length);
  walk(
    grouping,
    (from, to, g) => articleRun(x, q, from, to, min[g], scale[g], half),
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) articleRun(x, q, i, i + 1, min[g], scale[g], half);
    },
  );
  return { q, scale };
}

const ROUND = 6755399441055744;

function articleRun(x: Float32Array, q: Int8Array, from: number, to: number, min: number, scale: number, half: number) {
  for (let i = from; i < to; i++) {
    let v = Math.fround(Math.fround(x[i] - min) / scale) - half;
    if (v > half - 1) v = half - 1;
    else if (!(v >= -half)) v = -half;
    q[i] = v + ROUND - ROUND;
  }
}

/** (q + 2ᵇ⁻¹) · scale + min, each step in float32, as DequantizeLinear and Add compute it. */
export function dequantizeArticle(
  { q, scale }: ArticleValues,
  grouping: Grouping,
  bits: number,
  min: Float32Array,
): Float32Array<ArrayBuffer> {
  const x = dequantizeAffine(q, grouping, scale, new Int8Array(scale.length).fill(-(2 ** (bits - 1))));
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) x[i] += min[g];
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) x[i] += min[g];
    },
  );
  return x;
}
