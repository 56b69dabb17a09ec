import { PareError } from '../../base/errors.ts';
import { type Grouping, groupCount, walk } from '../../kernels/grouping.ts';

/**
 * Minimum and maximum of each group, as numpy's min and max: unlike `kernels/loops/ranges.ts` nothing is passed over.
 * @throws PareError `recipe/not-applicable` when there is a NaN or an infinity, which have no scale
 */
export function tensorRange(
  x: Float32Array,
  grouping: Grouping,
): { min: Float32Array<ArrayBuffer>; max: Float32Array<ArrayBuffer> } {
  const groups = groupCount(grouping);
  const min = new Float32Array(groups).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(groups).fill(Number.NEGATIVE_INFINITY);
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
  if (Number.isNaN(poison)) {
    throw new PareError('recipe/not-applicable', 'The tensor holds NaN or infinity, which cannot be quantized.', {
      hint: 'Exclude the tensor, or export the model again.',
    });
  }
  return { min, max };
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
