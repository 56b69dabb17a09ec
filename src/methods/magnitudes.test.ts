import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Sketch, sketchOf } from '../kernels/sketch.ts';
import { binsOf } from './bins.ts';
import { countBelow, countBelowAll, type Part, thresholdFor } from './magnitudes.ts';

/** The definition, bin by bin. */
function counted(sketch: Sketch, threshold: number): number {
  const { low, high, count, zeros } = binsOf(sketch);
  let n = zeros;
  for (let i = 0; i < count.length; i++) {
    const [a, b] = low[i] < 0 ? [-high[i], -low[i]] : [low[i], high[i]];
    if (b < threshold) n += count[i];
    else if (a < threshold) n += (count[i] * (threshold - a)) / (b - a);
  }
  return n;
}

const fallen = (parts: readonly Part[], t: number) =>
  parts.reduce((n, p) => n + Math.max(counted(p.sketch, p.floor), counted(p.sketch, t)), 0);

const after = (t: number): number => {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, t);
  view.setInt32(0, view.getInt32(0) - 1);
  return view.getFloat32(0);
};

const value = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, 0.25, -0.25, 0.265625, 1, 1e-30, -3e-7),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
const sketch = fc.array(value, { minLength: 1, maxLength: 60 }).map((x) => sketchOf(Float32Array.from(x)));
const parts = fc.array(
  fc.record({ sketch, floor: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.5, noNaN: true })) }),
  { minLength: 1, maxLength: 6 },
);
const EPSILON = 1e-6;

test('counts below a magnitude are those of the bins', () => {
  fc.assert(
    fc.property(sketch, fc.double({ min: 0, max: 2, noNaN: true }), (s, t) => {
      // Sums of up to 60 fractions in another order.
      expect(Math.abs(countBelow(s, t) - counted(s, t))).toBeLessThan(EPSILON);
    }),
    { numRuns: 500 },
  );
});

test('many sketches together count as one by one', () => {
  fc.assert(
    fc.property(parts, fc.oneof(value, fc.double({ min: 0, max: 2, noNaN: true })), (pool, t) => {
      const x = Math.fround(Math.abs(t));
      expect(Math.abs(countBelowAll(pool, x) - fallen(pool, x))).toBeLessThan(EPSILON);
    }),
    { numRuns: 2000 },
  );
});

test('a threshold lets k elements fall, and none smaller does', () => {
  fc.assert(
    fc.property(parts, fc.double({ min: 0, max: 1, noNaN: true }), (pool, share) => {
      const total = pool.reduce((n, p) => n + p.sketch.count, 0);
      const k = Math.round(share * total);
      const t = thresholdFor(pool, k);
      if (k >= total) {
        expect(t).toBe(Number.POSITIVE_INFINITY);
        return;
      }
      expect(Math.fround(t)).toBe(t);
      expect(fallen(pool, t)).toBeGreaterThan(k - EPSILON);
      if (t > 0) expect(fallen(pool, after(t))).toBeLessThan(k + EPSILON);
    }),
    { numRuns: 2000 },
  );
});
