/** A tile of the treemap, in the units of the box. `index` points into the weights that were given. */
export interface Tile {
  index: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk, "Squarified Treemaps", 2000): fills the box with one tile per weight, each tile's
 * area its share of the sum, keeping tiles near to squares. Weights that are not finite or not over 0 get no tile. O(n log n).
 */
export function squarify(weights: ArrayLike<number>, width: number, height: number): Tile[] {
  const order: number[] = [];
  let total = 0;
  for (let i = 0; i < weights.length; i++)
    if (weights[i] > 0 && Number.isFinite(weights[i])) {
      order.push(i);
      total += weights[i];
    }
  if (!(width > 0) || !(height > 0) || !(total > 0) || !Number.isFinite(total)) return [];
  order.sort((a, b) => weights[b] - weights[a]);

  const scale = (width * height) / total;
  const tiles: Tile[] = [];
  let x = 0;
  let y = 0;
  let w = width;
  let h = height;
  let start = 0;
  while (start < order.length) {
    const side = Math.min(w, h);
    // Grow the row while its worst aspect ratio falls: max(side²·max/sum², sum²/(side²·min)).
    const largest = weights[order[start]] * scale;
    let sum = largest;
    let worst = Math.max((side * side) / largest, largest / (side * side));
    let end = start + 1;
    while (end < order.length) {
      const area = weights[order[end]] * scale;
      const next = sum + area;
      const ratio = Math.max((side * side * largest) / (next * next), (next * next) / (side * side * area));
      if (ratio > worst) break;
      worst = ratio;
      sum = next;
      end += 1;
    }
    // The last row takes what is left exactly, so that rounding leaves no gap.
    const thick = end === order.length ? Math.max(w, h) : sum / side;
    let offset = 0;
    for (let i = start; i < end; i++) {
      const long = (weights[order[i]] * scale) / thick;
      tiles.push(
        w >= h
          ? { index: order[i], x, y: y + offset, width: thick, height: long }
          : { index: order[i], x: x + offset, y, width: long, height: thick },
      );
      offset += long;
    }
    if (w >= h) {
      x += thick;
      w = Math.max(0, w - thick);
    } else {
      y += thick;
      h = Math.max(0, h - thick);
    }
    start = end;
  }
  return tiles;
}
