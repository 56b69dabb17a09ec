import { matmul, range, reduceSum, reshape, transpose } from '../arithmetic.ts';
import type { Tape } from '../tape.ts';

/** For each element of an output axis the elements of the input axis that it is a sum of, with their weights. */
export type Weights = readonly (readonly (readonly [index: number, weight: number])[])[];

/** Whether every input element is repeated `k` times in order; then k, else undefined. */
function repeats(map: Weights, size: number): number | undefined {
  const k = map.length / size;
  if (!Number.isInteger(k)) return undefined;
  return map.every((w, i) => w.length === 1 && w[0][1] === 1 && w[0][0] === Math.floor(i / k)) ? k : undefined;
}

/**
 * The transpose of maps along axes (resizing, padding by copies), which is their gradient: each axis is multiplied with a small
 * constant matrix, or summed where the map only repeats.
 * @param maps by axis; undefined for an axis that is left as it is @param dims of the input, which the gradient takes on
 */
export function alongEachAxis(
  t: Tape,
  dy: string,
  maps: readonly (Weights | undefined)[],
  dims: readonly number[],
): string {
  let g = dy;
  maps.forEach((map, axis) => {
    if (!map) return;
    const from = t.dims(g);
    const size = dims[axis];
    const k = repeats(map, size);
    if (k !== undefined) {
      const parted = reshape(t, g, [...from.slice(0, axis), size, k, ...from.slice(axis + 1)]);
      g = reduceSum(t, parted, [axis + 1], false);
      return;
    }
    const matrix = new Array<number>(map.length * size).fill(0);
    map.forEach((row, i) => {
      for (const [index, weight] of row) matrix[i * size + index] += weight;
    });
    const last = from.length - 1;
    const perm = [...range(last + 1).filter((i) => i !== axis), axis];
    const product = matmul(t, transpose(t, g, perm), t.floats(matrix, [map.length, size], t.dtype(g)));
    g = transpose(
      t,
      product,
      range(last + 1).map((i) => perm.indexOf(i)),
    );
  });
  return g;
}
