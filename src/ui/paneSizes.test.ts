import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPanes, parsePanes } from './paneSizes.ts';

const limits = { min: 220, middle: 320 };

describe('fitPanes', () => {
  it('leaves alone what fits', () => {
    expect(fitPanes({ left: 300, right: 320 }, 1440, limits)).toEqual({ left: 300, right: 320 });
  });

  it('keeps the middle and the minima whenever there is room', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 760, max: 4000 }),
        (left, right, total) => {
          const fit = fitPanes({ left, right }, total, limits);
          // Half a pixel covers the rounding of two divisions.
          expect(fit.left).toBeGreaterThanOrEqual(219.5);
          expect(fit.right).toBeGreaterThanOrEqual(219.5);
          expect(total - fit.left - fit.right).toBeGreaterThanOrEqual(319.5);
        },
      ),
    );
  });
});

describe('parsePanes', () => {
  it('refuses nonsense', () => {
    const fallback = { left: 300, right: 320 };
    for (const bad of [
      null,
      '',
      '{',
      '[]',
      '{"left":"1","right":2}',
      '{"left":-1,"right":2}',
      '{"left":1e9,"right":2}',
      'null',
    ])
      expect(parsePanes(bad, fallback)).toBe(fallback);
    expect(parsePanes('{"left":250,"right":400}', fallback)).toEqual({ left: 250, right: 400 });
  });
});
