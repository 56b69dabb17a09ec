import { describe, expect, it } from 'vitest';
import { tileAt, treemapTiles } from './treemapTiles.ts';

describe('treemapTiles', () => {
  it('gathers what is too small to see, and loses no area', () => {
    const weights = [1e6, 5e5, ...Array.from({ length: 10_000 }, () => 1)];
    const { tiles, small } = treemapTiles(weights, 300, 200);
    expect(small).toBe(10_000);
    expect(tiles.map((t) => t.index)).toEqual([0, 1, -1]);
    // The sum of three doubles against their exact product.
    expect(tiles.reduce((sum, t) => sum + t.width * t.height, 0)).toBeCloseTo(60_000, 6);
  });

  it('shows ten thousand equal tensors in a pane of ordinary width, each in its place', () => {
    const { tiles, small } = treemapTiles(new Float64Array(10_000).fill(4096), 270, 120);
    expect(small).toBe(0);
    expect(tiles).toHaveLength(10_000);
  });

  it('finds the tile under a point', () => {
    const { tiles } = treemapTiles([3, 1], 100, 100);
    expect(tileAt(tiles, 1, 1)?.index).toBe(0);
    expect(tileAt(tiles, 99, 99)?.index).toBe(1);
    expect(tileAt(tiles, 101, 0)).toBeUndefined();
  });

  it('takes nothing and nonsense', () => {
    expect(treemapTiles([], 100, 100)).toEqual({ tiles: [], small: 0 });
    expect(treemapTiles([Number.NaN, 0, -4], 100, 100)).toEqual({ tiles: [], small: 0 });
  });
});
