import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sketchOf } from '../sketch.ts';
import { uglyFloats } from '../ugly.ts';
import { dequantizeArticle, quantizeArticle } from './article.ts';
import { errorSums } from './errors.ts';
import { measure } from './measure.ts';
import { ranges } from './ranges.ts';

test('the article scheme is its formula, and comes back within half a step', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('tensor' as const, 'channel' as const, 'block' as const),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(),
      (dims, granularity, bits, seed) => {
        const grouping = { dims, granularity, axis: seed % dims.length, block: 3 };
        const n = dims.reduce((a, b) => a * b, 1);
        const x = uglyFloats(n, seed, { nonFinite: false }).map((v) => (Math.abs(v) > 1e3 ? 1 : v));
        const range = ranges(x, grouping);
        const values = quantizeArticle(x, grouping, bits, range);
        const back = dequantizeArticle(values, grouping, bits, range.min);
        const half = 2 ** (bits - 1);
        for (const q of values.q) {
          expect(q).toBeGreaterThanOrEqual(-half);
          expect(q).toBeLessThanOrEqual(half - 1);
        }
        if (granularity !== 'tensor') return;
        const [min, max, step] = [range.min[0], range.max[0], values.scale[0]];
        x.forEach((v, i) => {
          const scaled = max === min ? 0 : (v - min) / (max - min);
          const exact = Math.min(half - 1, Math.max(-half, scaled * 2 * half - half));
          // Half a step, and the rounding of a float32 quotient of at most 2⁸.
          expect(Math.abs(values.q[i] - exact)).toBeLessThanOrEqual(0.5 + 2 ** -15);
          // The largest value clamps by up to a whole step; three float32 roundings on top.
          expect(Math.abs(back[i] - v)).toBeLessThanOrEqual(step * 1.0001 + Math.abs(v) * 1e-6 + Math.abs(min) * 1e-6);
        });
      },
    ),
    { numRuns: 200 },
  );
});

test('equal elements come back exactly, NaN takes the lowest level', () => {
  const g = { dims: [2, 3], granularity: 'channel', axis: 0, block: 1 } as const;
  const x = Float32Array.of(0.3, 0.3, 0.3, 0, Number.NaN, 1);
  const range = ranges(x, g);
  const values = quantizeArticle(x, g, 2, range);
  expect([...values.q]).toEqual([-2, -2, -2, -2, -2, 1]);
  expect([...dequantizeArticle(values, g, 2, range.min)]).toEqual([...x.slice(0, 3), 0, 0, 0.75]);
});

test('measuring is error sums and a sketch', () => {
  for (const n of [0, 1, 5000]) {
    const dims = n === 5000 ? [1000, 5] : [1, n];
    const x = uglyFloats(n, 1, { nonFinite: false }).map((v) => (Math.abs(v) > 1e3 ? 1 : v));
    const y = x.map((v) => Math.round(v * 4) / 4);
    const { errors, sketch } = measure(x, y, dims, 0);
    const whole = errorSums(x, y);
    // Summed in another order: float64 rounding.
    expect(errors.noise).toBeCloseTo(whole.noise, 9);
    expect(Math.abs(errors.signal - whole.signal)).toBeLessThanOrEqual(1e-12 * whole.signal);
    const expected = sketchOf(y, dims, 0);
    expect({ ...sketch, mean: 0, std: 0 }).toEqual({ ...expected, mean: 0, std: 0 });
    expect(sketch.std).toBeCloseTo(expected.std, 9);
  }
  expect(() => measure(new Float32Array(3), new Float32Array(2))).toThrow(/3 elements against 2/);
});
