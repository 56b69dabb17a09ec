/** Side of the tiles: two of them, of 4-byte elements, fit the first-level cache with room to spare. */
const TILE = 32;

/**
 * `matrices` row-major matrices of rows × columns, each transposed: by tiles, so that both sides stay in cache.
 * @param out where to, of the same length and type as `x`
 */
export function transpose<T extends { [i: number]: number; readonly length: number }>(
  x: T,
  rows: number,
  columns: number,
  out: T,
  matrices = 1,
): T {
  for (let m = 0, base = 0; m < matrices; m++, base += rows * columns) {
    for (let r0 = 0; r0 < rows; r0 += TILE) {
      const r1 = Math.min(rows, r0 + TILE);
      for (let c0 = 0; c0 < columns; c0 += TILE) {
        const c1 = Math.min(columns, c0 + TILE);
        for (let c = c0; c < c1; c++) {
          for (let r = r0, to = base + c * rows + r0, from = base + r0 * columns + c; r < r1; r++, to++) {
            out[to] = x[from];
            from += columns;
          }
        }
      }
    }
  }
  return out;
}
