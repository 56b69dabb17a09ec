import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPosition, nudge, snap, toPosition } from './sliderScale.ts';

describe('slider scale', () => {
  it('goes there and back, linear and log', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.03, max: 1, noNaN: true }),
        fc.constantFrom('linear' as const, 'log' as const),
        (p, mapping) => {
          for (const min of [0, 0.001]) {
            const scale = { min, max: 8, mapping };
            // exp(log(x)) keeps about 15 digits.
            expect(toPosition(fromPosition(p, scale), scale)).toBeCloseTo(p, 10);
          }
        },
      ),
    );
  });

  it('reaches its exact ends', () => {
    for (const mapping of ['linear', 'log'] as const) {
      const scale = { min: 0, max: 0.3, mapping };
      expect(fromPosition(0, scale)).toBe(0);
      expect(fromPosition(1, scale)).toBe(0.3);
      expect(toPosition(0, scale)).toBe(0);
      expect(toPosition(0.3, scale)).toBeCloseTo(1, 12);
      expect(toPosition(9, scale)).toBeCloseTo(1, 12);
      expect(toPosition(Number.NaN, scale)).toBe(0);
    }
  });

  it('snaps without dust and steps by keys', () => {
    expect(snap(0.30000000000000004, { min: 0, max: 1 }, 0.1)).toBe(0.3);
    expect(nudge(0.2, 1, false, { min: 0, max: 1 }, 0.1)).toBe(0.3);
    expect(nudge(0.95, 1, true, { min: 0, max: 1 }, 0.01)).toBe(1);
    expect(nudge(0, 1, false, { min: 0, max: 1, mapping: 'log' })).toBeCloseTo(1e-4, 12);
    expect(nudge(1e-4, -1, true, { min: 0, max: 1, mapping: 'log' })).toBe(0);
  });

  it('survives an empty range', () => {
    expect(toPosition(3, { min: 3, max: 3 })).toBe(0);
    expect(fromPosition(0.5, { min: 3, max: 3 })).toBe(3);
    expect(fromPosition(0.5, { min: 0, max: 0, mapping: 'log' })).toBe(0);
  });
});
