import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { symmetricEigen } from './eigen.ts';
import { Svd } from './svd.ts';

interface Case {
  dims: [number, number];
  w: string;
  values: number[];
  rank: number;
  best: string | null;
}

const fixture: Record<string, Case> = JSON.parse(
  readFileSync(new URL('./fixtures/numpy.json', import.meta.url), 'utf8'),
);
const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64')).buffer;
const product = ({ left, right }: ReturnType<Svd['factors']>, rows: number, columns: number, rank: number) =>
  Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++)
      sum += left[Math.floor(at / columns) * rank + k] * right[k * columns + (at % columns)];
    return sum;
  });
const largest = (x: ArrayLike<number>) => Array.from(x).reduce((m, v) => Math.max(m, Math.abs(v)), 0);

describe('numpy agrees', () => {
  test.each(Object.keys(fixture))('%s', (name) => {
    const { dims, w, values, rank, best } = fixture[name];
    const svd = new Svd(new Float32Array(bytes(w)), ...dims);
    expect(svd.values.length).toBe(values.length);
    values.forEach((s, i) => {
      // Of a Gram matrix the small ones lose half their digits: their squares are exact to float64's rounding of the largest.
      const bound = s > 1e-5 * values[0] ? 1e-10 : 1e-7;
      expect(Math.abs(svd.values[i] - s) / values[0]).toBeLessThan(bound);
    });
    if (best === null) return;
    const expected = new Float64Array(bytes(best));
    const found = product(svd.factors(rank), dims[0], dims[1], rank);
    // The factors are float32, 6e-8 each, and their sums a few of those.
    expect(largest(found.map((v, i) => v - expected[i])) / largest(expected)).toBeLessThan(5e-7);
  });
});

test('full rank is the matrix itself, whatever its shape', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      fc.integer(),
      (rows, columns, seed) => {
        const r = new Random(seed);
        const w = Float32Array.from({ length: rows * columns }, () => r.normal());
        const full = Math.min(rows, columns);
        const found = product(new Svd(w, rows, columns).factors(full), rows, columns, full);
        // Every term of a sum of up to 24 is rounded twice to float32.
        expect(largest(found.map((v, i) => v - w[i]))).toBeLessThan(3e-6 * largest(w));
      },
    ),
  );
});

test('what a rank leaves out is the rest of the singular values', () => {
  const r = new Random(3);
  const w = Float32Array.from({ length: 15 * 22 }, () => r.normal());
  const svd = new Svd(w, 15, 22);
  for (const rank of [1, 4, 14]) {
    const found = product(svd.factors(rank), 15, 22, rank);
    const lost = found.reduce((s, v, i) => s + (v - w[i]) ** 2, 0);
    const rest = svd.values.slice(rank).reduce((s, v) => s + v * v, 0);
    expect(Math.abs(lost / rest - 1)).toBeLessThan(1e-5);
  }
});

test('zeros, and vectors of eigenvalues that are equal', () => {
  const svd = new Svd(new Float32Array(12), 3, 4);
  expect([...svd.values, svd.energy]).toEqual([0, 0, 0, 0]);
  expect([...svd.factors(2).left, ...svd.factors(2).right].every((v) => v === 0)).toBe(true);
  const n = 7;
  const a = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 2 : 1));
  const { values, vectors } = symmetricEigen(a, n);
  expect(values[0]).toBeCloseTo(8, 12);
  for (let k = 1; k < n; k++) expect(values[k]).toBeCloseTo(1, 12);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const dot = vectors.subarray(i * n, i * n + n).reduce((s, v, k) => s + v * vectors[j * n + k], 0);
      expect(Math.abs(dot - Number(i === j))).toBeLessThan(1e-14);
    }
  }
});
