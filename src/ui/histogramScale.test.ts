import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, countScale, fromPixel, heightOf, toPixel } from './histogramScale.ts';

describe('countScale', () => {
  it('breaks a lone spike on a linear scale only', () => {
    const bars = [5, 8, 900, 9, 4];
    const linear = countScale([bars], false);
    expect(linear).toMatchObject({ broken: true });
    expect(linear.top).toBeCloseTo(10.8, 12);
    expect(heightOf(900, linear)).toBe(1);
    expect(countScale([bars], true)).toMatchObject({ broken: false, top: 900 });
    expect(countScale([[5, 8, 12]], false).broken).toBe(false);
  });

  it('treats the same bin of two series as one spike', () => {
    expect(
      countScale(
        [
          [1, 2, 100],
          [3, 4, 90],
        ],
        false,
      ).broken,
    ).toBe(true);
  });

  it('survives nothing, zeros and NaN', () => {
    for (const series of [[], [[]], [[0, 0]], [[Number.NaN]]]) {
      expect(countScale(series, false)).toMatchObject({ top: 1, broken: false });
      expect(heightOf(Number.NaN, countScale(series, true))).toBe(0);
    }
  });
});

describe('pixels and bins', () => {
  const box = { left: 50, right: 650, top: 10, bottom: 200 };

  it('goes there and back', () => {
    fc.assert(
      fc.property(fc.double({ min: -3, max: 5, noNaN: true }), (value) => {
        const axis = { low: -3, high: 5 };
        expect(fromPixel(toPixel(value, axis, box), axis, box)).toBeCloseTo(value, 9);
      }),
    );
    expect(fromPixel(0, { low: -3, high: 5 }, box)).toBe(-3);
    expect(toPixel(2, { low: 2, high: 2 }, box)).toBe(350);
  });

  it('gives every power of ten the same room on a log axis', () => {
    const axis = { low: 1e-8, high: 1e-2, log: true };
    expect([1e-8, 1e-6, 1e-3, 1e-2].map((v) => Math.round(toPixel(v, axis, box)))).toEqual([50, 250, 550, 650]);
    fc.assert(
      fc.property(fc.double({ min: -8, max: -2, noNaN: true }), (exponent) => {
        expect(Math.log10(fromPixel(toPixel(10 ** exponent, axis, box), axis, box))).toBeCloseTo(exponent, 9);
      }),
    );
    expect(fromPixel(900, axis, box)).toBeCloseTo(1e-2, 12);
  });

  it('finds the bin as a plain search does', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: -1100, max: 1100 }),
        (points, value) => {
          const edges = points.sort((a, b) => a - b);
          const last = edges.length - 1;
          const plain =
            value === edges[last]
              ? last - 1
              : edges.findIndex((e, i) => i < last && e <= value && value < edges[i + 1]);
          expect(binOf(value, edges)).toBe(plain);
        },
      ),
    );
    expect(binOf(Number.NaN, [0, 1])).toBe(-1);
    expect(binOf(0, [0])).toBe(-1);
  });
});
