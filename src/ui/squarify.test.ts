import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squarify } from './squarify.ts';

describe('squarify', () => {
  it('lays out the example of the paper (weights 6 6 4 3 2 2 1 in 6×4)', () => {
    const tiles = squarify([6, 6, 4, 3, 2, 2, 1], 6, 4);
    expect(tiles[0]).toMatchObject({ index: 0, x: 0, y: 0, width: 3, height: 2 });
    expect(tiles[1]).toMatchObject({ index: 1, x: 0, y: 2, width: 3, height: 2 });
    expect(tiles[2].y).toBeCloseTo(0, 12);
    expect(tiles[2].width).toBeCloseTo(12 / 7, 12);
    expect(tiles[2].height).toBeCloseTo(7 / 3, 12);
  });

  it('gives every weight its exact area, inside the box, without overlap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 1, max: 2000, noNaN: true }),
        fc.double({ min: 1, max: 2000, noNaN: true }),
        (weights, width, height) => {
          const tiles = squarify(weights, width, height);
          const total = weights.reduce((a, b) => a + b, 0);
          expect(tiles).toHaveLength(weights.length);
          const box = width * height;
          // Sizes are sums of doubles: the error is a few thousand ulps of the box at most.
          const slack = 1e-9 * Math.max(width, height);
          for (const t of tiles) {
            expect(Math.abs(t.width * t.height - (weights[t.index] / total) * box)).toBeLessThan(1e-7 * box);
            expect(t.x).toBeGreaterThanOrEqual(0);
            expect(t.x + t.width).toBeLessThanOrEqual(width + slack);
            expect(t.y + t.height).toBeLessThanOrEqual(height + slack);
          }
          for (let i = 0; i < tiles.length; i++)
            for (let j = i + 1; j < tiles.length; j++) {
              const a = tiles[i];
              const b = tiles[j];
              const overX = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
              const overY = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
              expect(Math.min(overX, overY)).toBeLessThan(slack);
            }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('skips what has no area', () => {
    expect(squarify([], 10, 10)).toEqual([]);
    expect(squarify([0, Number.NaN, -1, Number.POSITIVE_INFINITY], 10, 10)).toEqual([]);
    expect(squarify([1, 0], 10, 10)).toEqual([{ index: 0, x: 0, y: 0, width: 10, height: 10 }]);
    expect(squarify([1], 0, 10)).toEqual([]);
  });

  it('lays out 10,000 tiles', () => {
    const weights = Array.from({ length: 10_000 }, (_, i) => 1 + ((i * 7919) % 10_007) ** 2);
    expect(squarify(weights, 320, 240)).toHaveLength(10_000);
  });
});
