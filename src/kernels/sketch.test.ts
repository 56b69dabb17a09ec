import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binRange, keyOf, Sketcher, sketchOf } from './sketch.ts';

const floats = (values: number[]) => Float32Array.from(values);

test('moments, zeros and ranges equal a plain computation', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
        minLength: 1,
        maxLength: 300,
      }),
      (list) => {
        const x = floats(list);
        const s = sketchOf(x);
        const mean = x.reduce((a, b) => a + b, 0) / x.length;
        const std = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length);
        expect(s.count).toBe(x.length);
        // Which zero is the smaller is not said.
        expect(s.min).toBe(Math.min(...x) + 0);
        expect(s.max).toBe(Math.max(...x) + 0);
        expect(s.zeros).toBe(x.filter((v) => v === 0).length);
        // Two orders of summation in float64: they agree to rounding of the largest magnitude.
        expect(Math.abs(s.mean - mean)).toBeLessThanOrEqual(1e-9 * (1 + Math.max(...x.map(Math.abs))));
        expect(Math.abs(s.std - std)).toBeLessThanOrEqual(1e-5 * (1 + Math.max(...x.map(Math.abs))));
        expect(s.counts.reduce((a, b) => a + b, 0)).toBe(x.length);
        for (const v of x) {
          const [lo, hi] = binRange(keyOf(v));
          expect(v >= lo && v <= hi).toBe(true);
        }
      },
    ),
  );
});

test('keys order as numbers do', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (a, b) => {
      if (a < b) expect(keyOf(a)).toBeLessThanOrEqual(keyOf(b));
    }),
  );
});

test('the same in pieces as in one, with channel ranges along any axis', () => {
  const dims = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(dims, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 9 }), (d, axis, piece) => {
      const n = d[0] * d[1] * d[2];
      const x = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 3);
      const sketcher = new Sketcher(d, axis);
      for (let i = 0; i < n; i += piece) sketcher.add(x.slice(i, i + piece));
      const s = sketcher.finish();
      const lo = new Array(d[axis]).fill(Number.POSITIVE_INFINITY);
      for (let i = 0; i < n; i++) {
        const c = [Math.floor(i / (d[1] * d[2])), Math.floor(i / d[2]) % d[1], i % d[2]][axis];
        lo[c] = Math.min(lo[c], x[i]);
      }
      expect([...s.channels!.min]).toEqual(lo);
      expect(s.keys).toEqual(sketchOf(x, d, axis).keys);
    }),
  );
});

test('NaN and Inf are counted and do not poison the rest', () => {
  const s = sketchOf(floats([1, Number.NaN, Number.POSITIVE_INFINITY, -3, Number.NEGATIVE_INFINITY, 0, -0]));
  expect(s).toMatchObject({ count: 7, nan: 1, inf: 2, zeros: 2, min: -3, max: 1, mean: -0.5 });
  expect(sketchOf(floats([Number.NaN]))).toMatchObject({ count: 1, nan: 1, min: 0, max: 0, mean: 0, std: 0 });
  expect(sketchOf(floats([]))).toMatchObject({ count: 0, min: 0, max: 0 });
});

test('a large mean does not cost the standard deviation', () => {
  const x = floats([1000.5, 1000.25, 1000.75, 1000.5]);
  expect(sketchOf(x).std).toBeCloseTo(Math.sqrt(0.125 / 4), 7);
});
