import type { Svd } from './svd.ts';

/** The share of Σσ² over all groups that each rank keeps, from 1 up; a matrix of zeros keeps everything. */
export function energyKept(groups: readonly Pick<Svd, 'values'>[]): Float64Array {
  const kept = new Float64Array(groups[0].values.length);
  let sum = 0;
  for (let k = 0; k < kept.length; k++) {
    for (const { values } of groups) sum += values[k] * values[k];
    kept[k] = sum;
  }
  return kept.map((s) => (sum === 0 ? 1 : s / sum));
}

/** The least rank that keeps this share of the energy. @param kept by rank, from 1 up */
export function leastRank(kept: Float64Array, energy: number): number {
  const first = kept.findIndex((share) => share >= energy);
  return first < 0 ? kept.length : first + 1;
}
