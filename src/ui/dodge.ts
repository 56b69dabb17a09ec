/** Least distance between two names at the ends of their lines, in pixels. */
const apart = 13;

/** Pushes heights (0…1 of the plot, 1 at the top) apart so that names do not cover each other; returns pixels to move down. */
export function dodge(heights: readonly number[], plot: number): number[] {
  const order = heights.map((_, index) => index).sort((a, b) => heights[b] - heights[a]);
  const moved = new Array<number>(heights.length).fill(0);
  let last = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    const wanted = (1 - heights[index]) * plot;
    const y = Math.max(wanted, last + apart);
    moved[index] = y - wanted;
    last = y;
  }
  return moved;
}
