import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bootstrapMedian, pairedChange, quantile, RunningMean, wilson } from './intervals.ts';

test('Wilson: published values', () => {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
  const close = (e: { low: number; high: number }, low: number, high: number) => {
    expect(e.low).toBeCloseTo(low, 4);
    expect(e.high).toBeCloseTo(high, 4);
  };
  close(wilson(81, 263), 0.2553, 0.3662);
  close(wilson(15, 148), 0.0624, 0.1605);
  close(wilson(0, 20), 0, 0.1611);
  close(wilson(1, 29), 0.0061, 0.1718);
});

test('Newcombe paired: published values', () => {
  // Newcombe 1998, "… based on paired data", table III, method 10: (e, f, g, h) and the interval of (f − g)/n.
  // Here the change is after − before, that is with won in the place of f.
  const check = (e: number, f: number, g: number, h: number, low: number, high: number) => {
    const c = pairedChange(e, g, f, h);
    expect(c.low).toBeCloseTo(low, 4);
    expect(c.high).toBeCloseTo(high, 4);
  };
  check(36, 12, 2, 0, 0.0569, 0.3404);
  check(0, 12, 2, 36, 0.0569, 0.3404);
});

test('equal models change by 0, and the interval holds the value', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(500), fc.nat(500), fc.nat(500), (a, b, c, d) => {
      fc.pre(a + b + c + d > 0);
      const e = pairedChange(a, b, c, d);
      expect(e.low).toBeLessThanOrEqual(e.value + 1e-12);
      expect(e.high).toBeGreaterThanOrEqual(e.value - 1e-12);
      expect(e.low).toBeGreaterThanOrEqual(-1 - 1e-12);
      expect(e.high).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

test('running mean, quantile and bootstrap', () => {
  const m = new RunningMean();
  for (const x of [2, 4, 4, 4, 5, 5, 7, 9]) m.add(x);
  expect(m.estimate().value).toBe(5);
  // Sample std 2.138 over √8.
  expect(m.estimate().high - 5).toBeCloseTo(1.96 * (2.13809 / Math.sqrt(8)), 4);
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([7], 0.95)).toBe(7);
  const b = bootstrapMedian([1, 1, 2, 2, 3, 3, 3, 10]);
  expect(b.value).toBe(2.5);
  expect(b.low).toBeLessThanOrEqual(2.5);
  expect(b.high).toBeGreaterThanOrEqual(2.5);
});
