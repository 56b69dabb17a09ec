import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { sketchOf } from '../sketch.ts';
import { uglyFloats } from '../ugly.ts';
import { kmeans1d, kmeansSketch } from './cluster.ts';
import { assignCodebook, lookUp } from './codebook.ts';
import { errorSums } from './errors.ts';
import { kmeansPoints } from './kmeans.ts';

/** Σ(x − nearest level)² */
function cost(x: Float32Array, table: ArrayLike<number>): number {
  let sum = 0;
  for (const v of x) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < table.length; i++) best = Math.min(best, (v - table[i]) ** 2);
    sum += best;
  }
  return sum;
}

/** The least cost of splitting sorted values into k stretches, by trying every split. */
function bruteForce(sorted: number[], k: number, pinZero: boolean): number {
  if (sorted.length === 0) return 0;
  if (k === 0) return Number.POSITIVE_INFINITY;
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n <= sorted.length; n++) {
    const part = sorted.slice(0, n);
    const rest = sorted.slice(n);
    const mean = part.reduce((a, b) => a + b, 0) / (n || 1);
    const around = (c: number) => part.reduce((a, b) => a + (b - c) ** 2, 0);
    best = Math.min(best, around(mean) + bruteForce(rest, k - 1, pinZero));
    if (pinZero) best = Math.min(best, around(0) + bruteForce(rest, k - 1, false));
    if (pinZero && k === 1) best = rest.length === 0 ? around(0) : best;
  }
  return best;
}

test('the optimum of brute force', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: -3, max: 3 }),
      (list, k, shift) => {
        const x = Float32Array.from(list, (v) => v / 4 + shift);
        const table = kmeans1d(x, k);
        expect(table.length).toBe(k);
        expect([...table]).toEqual([...table].sort((a, b) => a - b));
        // Levels are rounded to float32: 2⁻²⁴ of values up to 8 moves a cost by less than this.
        expect(
          Math.abs(
            cost(x, table) -
              bruteForce(
                [...x].sort((a, b) => a - b),
                k,
                false,
              ),
          ),
        ).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 150 },
  );
});

test('with zero pinned: every choice of the other levels is no better', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 3 }),
      (list, k) => {
        const x = Float32Array.from(list, (v) => v / 4);
        const table = kmeans1d(x, k, { pinZero: true });
        expect([...table]).toContain(0);
        // Zero serves a stretch of the sorted values; the values on its two sides are clustered freely.
        const sorted = [...x].sort((a, b) => a - b);
        let best = Number.POSITIVE_INFINITY;
        for (let i = 0; i <= sorted.length; i++) {
          for (let j = i; j <= sorted.length; j++) {
            const zero = sorted.slice(i, j).reduce((a, b) => a + b * b, 0);
            for (let left = 0; left < k; left++) {
              const sides =
                bruteForce(sorted.slice(0, i), left, false) + bruteForce(sorted.slice(j), k - 1 - left, false);
              best = Math.min(best, zero + sides);
            }
          }
        }
        expect(Math.abs(cost(x, table) - best)).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 100 },
  );
});

test.each([2, 4, 16, 256])('a large tensor comes near the optimum over all its values, k = %i', (k) => {
  const random = new Random(k);
  const x = Float32Array.from({ length: 30_000 }, () => random.normal() * 0.05 + (random.next() < 0.01 ? 1 : 0));
  const sorted = Float64Array.from(x).sort();
  const optimal = kmeansPoints({ value: sorted, weight: new Float64Array(x.length).fill(1) }, k);
  // 1 % of the cost is 0.04 dB of SQNR.
  expect(cost(x, kmeans1d(x, k))).toBeLessThan(cost(x, optimal) * 1.01);
  // The sketch knows values to 0.4 %: that is within 2 % of the cost while levels are much farther apart than bins are wide.
  if (k <= 16) expect(cost(x, kmeansSketch(sketchOf(x), k))).toBeLessThan(cost(x, optimal) * 1.02);
});

test('a pruned tensor keeps its zeros exactly', () => {
  const random = new Random(3);
  const x = Float32Array.from({ length: 20_000 }, () => (random.next() < 0.5 ? 0 : random.normal()));
  for (const k of [2, 8, 32]) {
    const table = kmeans1d(x, k, { pinZero: true });
    const y = lookUp(assignCodebook(x, table), table);
    x.forEach((v, i) => {
      if (v === 0) expect(y[i]).toBe(0);
    });
  }
});

test('degenerate tensors', () => {
  expect([...kmeans1d(new Float32Array(0), 4)]).toEqual([0, 0, 0, 0]);
  expect([...kmeans1d(Float32Array.of(2, 2, 2), 4)]).toEqual([2, 2, 2, 2]);
  expect([...kmeans1d(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 3), 2)]).toEqual([1, 3]);
  expect([...kmeans1d(new Float32Array(5000).fill(7), 4, { pinZero: true })]).toEqual([0, 7, 7, 7]);
});

test('every element takes its nearest level, by search and by table alike', () => {
  for (const n of [1000, 70_000]) {
    const x = uglyFloats(n, n, { nonFinite: true });
    const table = kmeans1d(
      uglyFloats(3000, 5, { nonFinite: false }).map((v) => (Math.abs(v) > 9 ? 1 : v)),
      16,
    );
    const index = assignCodebook(x, table);
    const nearestZero = assignCodebook(Float32Array.of(0), table)[0];
    for (let i = 0; i < n; i++) {
      if (Number.isNaN(x[i])) expect(index[i]).toBe(nearestZero);
      else if (Math.abs(x[i]) < 100) {
        // Distances between float32 of like size are exact in float64, so the choice must be the first nearest.
        const distances = [...table].map((level) => Math.abs(x[i] - level));
        expect(index[i]).toBe(distances.indexOf(Math.min(...distances)));
      } else expect(index[i]).toBe(x[i] > 0 ? 15 : 0);
    }
    expect([...lookUp(index, table)]).toEqual([...index].map((j) => table[j]));
  }
});

test('error sums', () => {
  const x = uglyFloats(999, 1, { nonFinite: false }).map((v) => (Math.abs(v) > 1e3 ? 1 : v));
  const y = uglyFloats(999, 2, { nonFinite: false }).map((v) => (Math.abs(v) > 1e3 ? 1 : v));
  const e = errorSums(x, y);
  const sum = (f: (a: number, b: number) => number) => x.reduce((s, v, i) => s + f(v, y[i]), 0);
  expect(e).toEqual({
    count: 999,
    signal: sum((a) => a * a),
    noise: sum((a, b) => (a - b) ** 2),
    output: sum((_, b) => b * b),
    dot: sum((a, b) => a * b),
    maxAbs: x.reduce((m, v, i) => Math.max(m, Math.abs(v - y[i])), 0),
  });
  expect(errorSums(Float32Array.of(Number.NaN), Float32Array.of(0)).maxAbs).toBeNaN();
});
