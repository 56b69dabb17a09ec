import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearTicks, logTicks, niceStep } from './ticks.ts';

describe('niceStep', () => {
  it('is 1, 2 or 5 times a power of ten', () => {
    expect(niceStep(1, 5)).toBe(0.2);
    expect(niceStep(10, 5)).toBe(2);
    expect(niceStep(11, 5)).toBe(5);
    expect(niceStep(0.3, 3)).toBeCloseTo(0.1, 12);
    expect(niceStep(0, 5)).toBe(1);
  });
});

describe('linearTicks', () => {
  it('reads well', () => {
    expect(linearTicks(-0.31, 0.29, 6)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2]);
    expect(linearTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(linearTicks(3, 3, 5)).toEqual([3]);
    expect(linearTicks(Number.NaN, 1, 5)).toEqual([]);
    expect(linearTicks(0, Number.POSITIVE_INFINITY, 5)).toEqual([]);
    expect(linearTicks(2, 1, 5)).toEqual([]);
  });

  it('stays inside, in order, and few', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (low, span, count) => {
          const high = low + span;
          const ticks = linearTicks(low, high, count);
          const slack = 1e-6 * Math.max(span, Math.abs(low) * 1e-9);
          expect(ticks.length).toBeLessThanOrEqual(count + 1);
          for (const t of ticks) {
            expect(t).toBeGreaterThanOrEqual(low - slack);
            expect(t).toBeLessThanOrEqual(high + slack);
          }
          for (let i = 1; i < ticks.length; i++) expect(ticks[i]).toBeGreaterThan(ticks[i - 1]);
        },
      ),
    );
  });
});

describe('logTicks', () => {
  it('gives decades, or 1-2-5 when there is room', () => {
    expect(logTicks(1, 1e6, 4)).toEqual([1, 100, 10000, 1000000]);
    expect(logTicks(1, 100, 9)).toEqual([1, 2, 5, 10, 20, 50, 100]);
    expect(logTicks(0, 10, 5)).toEqual([]);
    expect(logTicks(3, 4, 5)).toEqual([]);
  });
});
