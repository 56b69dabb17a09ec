import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Grouping } from '../grouping.ts';
import { PIECE } from '../simd/layout.ts';
import { arena } from '../simd/resident.ts';
import { uglyFloats } from '../ugly.ts';
import { extremes } from './extremes.ts';
import { ranges } from './ranges.ts';

test('the extremes of every grouping, by kernels and by loops, and what is not finite is seen', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom<Grouping['granularity']>('tensor', 'channel', 'block'),
      fc.nat(2),
      fc.nat(),
      (dims, granularity, axis, seed) => {
        const grouping = { dims, granularity, axis: axis % dims.length, block: 5 };
        const count = dims.reduce((a, b) => a * b, 1);
        const nonFinite = seed % 2 === 0;
        // Which of two zeros is the smaller is not said.
        const x = uglyFloats(count, seed, { nonFinite }).map((v) => v + 0);
        for (const found of [extremes(x, grouping), extremes(x, grouping, null)]) {
          expect(found.finite).toBe(x.every(Number.isFinite));
          if (found.finite) expect({ min: found.min, max: found.max }).toEqual(ranges(x, grouping));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('several pieces; a NaN at the very end; nothing at all', () => {
  const x = uglyFloats(2 * PIECE + 3, 1, { nonFinite: false }).map((v) => v + 0);
  const whole: Grouping = { dims: [x.length], granularity: 'tensor', axis: 0, block: 0 };
  expect(extremes(x, whole)).toEqual({ ...ranges(x, whole), finite: true });
  x[x.length - 1] = Number.NaN;
  expect(extremes(x, whole).finite).toBe(false);
  const none = extremes(new Float32Array(0), { dims: [0], granularity: 'tensor', axis: 0, block: 0 });
  expect([none.min[0], none.max[0], none.finite]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true]);
});

test('in a long run, of which the quarters are looked at side by side, wherever an extreme or a NaN lies', () => {
  const { values, giveBack } = inArena(70_000);
  fc.assert(
    fc.property(fc.integer({ min: PIECE - 5, max: values.length }), fc.nat(), fc.nat(), (count, low, high) => {
      const x = values.subarray(0, count).fill(0);
      x[low % count] -= 1;
      x[high % count] += 3;
      const whole: Grouping = { dims: [count], granularity: 'tensor', axis: 0, block: 0 };
      expect(extremes(x, whole)).toEqual({ ...ranges(x, whole), finite: true });
      x[low % count] = Number.NaN;
      expect(extremes(x, whole).finite).toBe(false);
    }),
    { numRuns: 300 },
  );
  giveBack();
});

/** Floats where kernels take a run whole. */
function inArena(count: number) {
  const room = arena()!;
  const place = room.take(4 * count)!;
  return { values: new Float32Array(place.buffer, place.byteOffset, count), giveBack: () => room.giveBack(place) };
}
