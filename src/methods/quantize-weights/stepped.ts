import type { AffineValues } from '../../encodings/types.ts';
import { type Grouping, walk } from '../../kernels/grouping.ts';
import { ranges } from '../../kernels/loops/ranges.ts';
import { roundHalfEven } from './parameters.ts';

/**
 * The article's quantizer. With x̂ = (x − min) / (max − min): q = clamp(round(x̂·2ᵇ − 2ᵇ⁻¹), −2ᵇ⁻¹, 2ᵇ⁻¹ − 1), and back
 * x ≈ (q + 2ᵇ⁻¹) / 2ᵇ · (max − min) + min. Stored is q + 2ᵇ⁻¹, with scale (max − min) / 2ᵇ and offset min. The largest level
 * is one step below max, and 0 is a level only by luck. Rounding is half to even.
 */
export function articleValues(x: Float32Array<ArrayBuffer>, grouping: Grouping, bits: number): AffineValues {
  const { min, max } = ranges(x, grouping);
  const steps = 2 ** bits;
  const half = steps / 2;
  const scale = Float32Array.from(min, (lo, g) => (max[g] - lo) / steps);
  const q = new Uint8Array(x.length);
  const code = (v: number, g: number) => {
    const width = max[g] - min[g];
    if (width === 0) return 0;
    const centred = roundHalfEven(((v - min[g]) / width) * steps - half);
    return Math.min(half - 1, Math.max(-half, centred)) + half;
  };
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) q[i] = code(x[i], g);
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) q[i] = code(x[i], g);
    },
  );
  return { q, scale, offset: min };
}

/**
 * One bit: the sign of x times α = mean |x| of its group, which is the α of the least squared error (Rastegari et al. 2016,
 * XNOR-Net, §3.1). The sign of 0 is +. Stored is 0 or 1, with scale 2α and offset −α.
 */
export function signValues(x: Float32Array<ArrayBuffer>, grouping: Grouping): AffineValues {
  const groups = ranges(x, grouping).min.length;
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
