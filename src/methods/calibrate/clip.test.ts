import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { clipEffect, clipSqnr, mseRange } from './clip.ts';
import { countInto, emptyHistogram } from './histogram.ts';

function histogramOf(x: Float32Array, bins = 2048) {
  const min = x.reduce((a, b) => Math.min(a, b));
  const max = x.reduce((a, b) => Math.max(a, b));
  const h = emptyHistogram(min, max, bins, Math.fround);
  countInto(h, x, Math.fround);
  return { h, min, max, zeros: x.filter((v) => v === 0).length };
}

/** Σ(x − x̂)² of an asymmetric or symmetric quantizer, value by value. */
function measured(x: Float32Array, low: number, high: number, bits: number, symmetric: boolean): number {
  const lo = symmetric ? -Math.max(-low, high) : Math.min(low, 0);
  const hi = symmetric ? -lo : Math.max(high, 0);
  const step = (hi - lo) / (2 ** bits - (symmetric ? 2 : 1));
  let noise = 0;
  for (const v of x) {
    const clipped = Math.min(hi, Math.max(lo, v));
    const q = lo + Math.round((clipped - lo) / step) * step;
    noise += (v - (v === 0 ? 0 : q)) ** 2;
  }
  return noise;
}

const normal = (n: number, seed: number) => {
  const r = new Random(seed);
  return Float32Array.from({ length: n }, () => r.normal());
};

describe('the SQNR a clip implies is what quantizing gives', () => {
  test.each([
    ['wide', -4, 4, 8, false],
    ['tight', -1.5, 2, 8, false],
    ['symmetric', -2.5, 2.5, 8, true],
    ['four bits', -2.5, 2.5, 4, false],
  ] as const)('%s', (_, lo, hi, bits, symmetric) => {
    const x = normal(50_000, 1);
    const { h } = histogramOf(x);
    const signal = x.reduce((a, b) => a + b * b, 0);
    const real = 10 * Math.log10(signal / measured(x, lo, hi, bits, symmetric));
    // Rounding noise is taken as Δ²/12, which is within a few percent for smooth densities; 0.3 dB are 7 %.
    expect(Math.abs(clipSqnr(h, lo, hi, bits, symmetric) - real)).toBeLessThan(0.3);
  });

  test('exact zeros cost nothing', () => {
    const x = normal(20_000, 2).map((v) => Math.max(0, v));
    const { h, zeros } = histogramOf(x);
    const real = measured(x, 0, 3, 8, false);
    const { noise } = clipEffect(h, [0, 3], 8, false, zeros);
    expect(noise / real).toBeGreaterThan(0.9);
    expect(noise / real).toBeLessThan(1.1);
  });
});

describe('the range of least squared error', () => {
  test('is no worse than any of a grid', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(4, 6, 8),
        fc.boolean(),
        fc.double({ min: 1, max: 5, noNaN: true }),
        (seed, bits, symmetric, tail) => {
          const r = new Random(seed);
          const x = normal(2000, seed).map((v) => v * Math.abs(v) ** (tail - 1) + r.next());
          const { h, min, max, zeros } = histogramOf(x);
          const best = mseRange(h, min, max, bits, symmetric, zeros);
          const cost = (lo: number, hi: number) => clipEffect(h, [lo, hi], bits, symmetric, zeros).noise;
          let least = Number.POSITIVE_INFINITY;
          for (let i = 1; i <= 20; i++)
            for (let k = 1; k <= 20; k++) least = Math.min(least, cost((min * i) / 20, (max * k) / 20));
          // Both ends are searched in turn, not together: a hundredth above the best of a coarse grid is what that may cost.
          expect(cost(best[0], best[1])).toBeLessThanOrEqual(least * 1.01);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('never leaves what was seen, whatever that is', () => {
    for (const x of [[0, 0, 0], [5], [-3], [1, 1, 1], [-1e-30, 1e30], [2, 3]]) {
      const { h, min, max, zeros } = histogramOf(Float32Array.from(x), 64);
      const [lo, hi] = mseRange(h, min, max, 8, false, zeros);
      expect(lo).toBeGreaterThanOrEqual(Math.min(0, min));
      expect(hi).toBeLessThanOrEqual(Math.max(0, max));
    }
  });
});
