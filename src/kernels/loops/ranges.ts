import { type Grouping, groupCount, walk } from '../grouping.ts';

/** The smallest and the largest finite element of each group; 0 and 0 for a group without any. */
export interface Ranges {
  readonly min: Float32Array<ArrayBuffer>;
  readonly max: Float32Array<ArrayBuffer>;
}

/** Ranges per tensor, channel or block. NaN and ±Inf are passed over, as in a sketch. */
export function ranges(x: Float32Array, grouping: Grouping): Ranges {
  const groups = groupCount(grouping);
  const min = new Float32Array(groups).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(groups).fill(Number.NEGATIVE_INFINITY);
  walk(
    grouping,
    (from, to, g) => rangeRun(x, from, to, min, max, g),
    (from, to, g) => rangeRow(x, from, to, min, max, g),
  );
  for (let g = 0; g < groups; g++) {
    if (min[g] > max[g]) min[g] = max[g] = 0;
    // Which zero is the smaller is nobody's business: +0 for all.
    min[g] += 0;
    max[g] += 0;
  }
  return { min, max };
}

function rangeRun(x: Float32Array, from: number, to: number, min: Float32Array, max: Float32Array, g: number): void {
  let lo = min[g];
  let hi = max[g];
  for (let i = from; i < to; i++) {
    const v = x[i];
    if (v < lo && v !== Number.NEGATIVE_INFINITY) lo = v;
    // Not `else`: the first element is both.
    if (v > hi && v !== Number.POSITIVE_INFINITY) hi = v;
  }
  min[g] = lo;
  max[g] = hi;
}

function rangeRow(
  x: Float32Array,
  from: number,
  to: number,
  min: Float32Array,
  max: Float32Array,
  group: number,
): void {
  for (let i = from, g = group; i < to; i++, g++) {
    const v = x[i];
    if (v < min[g] && v !== Number.NEGATIVE_INFINITY) min[g] = v;
    if (v > max[g] && v !== Number.POSITIVE_INFINITY) max[g] = v;
  }
}
