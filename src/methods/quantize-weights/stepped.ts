import type { Affine, AffineValues } from '../../encodings/types.ts';
import { type Grouping, groupCount, walk } from '../../kernels/grouping.ts';
import { quantizeArticle } from '../../kernels/loops/article.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';

/**
 * The article's quantizer (`kernels/loops/article.ts`) as an Affine layout: stored is q + 2ᵇ⁻¹, with scale
 * (max − min) / 2ᵇ and offset min. The largest level is one step below max, and 0 is a level only by luck.
 */
export function articleValues(x: Float32Array<ArrayBuffer>, layout: Affine, extent: Ranges): AffineValues {
  const { q, scale } = quantizeArticle(x, layout, layout.bits, extent);
  const half = 2 ** (layout.bits - 1);
  return { q: Uint8Array.from(q, (v) => v + half), scale, offset: extent.min };
}

/**
 * One bit: the sign of x times α = mean |x| of its group, which is the α of the least squared error (Rastegari et al. 2016,
 * XNOR-Net, §3.1). The sign of 0 is +. Stored is 0 or 1, with scale 2α and offset −α.
 */
export function signValues(x: Float32Array<ArrayBuffer>, grouping: Grouping): AffineValues {
  const groups = groupCount(grouping);
  const sum = new Float64Array(groups);
  const count = new Float64Array(groups);
  const q = new Uint8Array(x.length);
  const visit = (i: number, g: number) => {
    sum[g] += Math.abs(x[i]);
    count[g]++;
    q[i] = x[i] >= 0 ? 1 : 0;
  };
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) visit(i, g);
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) visit(i, g);
    },
  );
  const alpha = Float32Array.from(sum, (s, g) => s / count[g]);
  return { q, scale: alpha.map((a) => 2 * a), offset: alpha.map((a) => -a) };
}
