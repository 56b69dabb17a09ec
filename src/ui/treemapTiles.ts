import { squarify, type Tile } from './squarify.ts';

/** Tiles under a pixel can be neither told apart nor hit, and are drawn together as one. */
const leastArea = 1;

export interface TreemapLayout {
  /** Largest first. `index` is −1 for the one tile that stands for all the small ones. */
  tiles: Tile[];
  /** How many items that tile stands for. */
  small: number;
}

/** Lays `weights` out in the box, the ones too small to see gathered in one tile of their total area. */
export function treemapTiles(weights: ArrayLike<number>, width: number, height: number): TreemapLayout {
  let total = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] > 0 && Number.isFinite(weights[i])) total += weights[i];
  const least = (leastArea / Math.max(1, width * height)) * total;
  const kept: number[] = [];
  const values: number[] = [];
  let rest = 0;
  let small = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i];
    if (!(weight > 0) || !Number.isFinite(weight)) continue;
    if (weight < least) {
      rest += weight;
      small += 1;
    } else {
      kept.push(i);
      values.push(weight);
    }
  }
  if (small > 0) {
    kept.push(-1);
    values.push(rest);
  }
  const tiles = squarify(values, width, height);
  return { tiles: tiles.map((tile) => ({ ...tile, index: kept[tile.index] })), small };
}

/** The tile under a point, or undefined. */
export function tileAt(tiles: readonly Tile[], x: number, y: number): Tile | undefined {
  return tiles.find((t) => x >= t.x && x < t.x + t.width && y >= t.y && y < t.y + t.height);
}
