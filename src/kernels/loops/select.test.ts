import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sketchOf } from '../sketch.ts';
import { uglyFloats } from '../ugly.ts';
import { maskBelow, maskNM, maskSmallest } from './mask.ts';
import { MagnitudeSelector, magnitudeBins, smallestMagnitudes, thresholdValue } from './select.ts';

/** Indices in the order in which they fall away: by magnitude, later ones first among equals, NaN never. */
function order(x: Float32Array): number[] {
  return [...x.keys()].filter((i) => !Number.isNaN(x[i])).sort((a, b) => Math.abs(x[a]) - Math.abs(x[b]) || b - a);
}

test('exactly k elements fall away, over tensors, whatever ties there are', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(100), (sizes, seed, percent) => {
      const tensors = sizes.map((n, i) => uglyFloats(n, seed + i, { nonFinite: true }));
      const all = Float32Array.from(tensors.flatMap((t) => [...t]));
      const k = Math.round((all.length * percent) / 100);
      const sketches = tensors.map((t) => sketchOf(t));
      const selector = new MagnitudeSelector(magnitudeBins(sketches), k);
      tensors.forEach((t, i) => {
        if (selector.needs(sketches[i])) selector.add(t);
      });
      const threshold = selector.finish();
      expect(smallestMagnitudes(all, k)).toEqual(threshold);

      const expected = all.slice();
      for (const i of order(all).slice(0, k)) expected[i] = 0;
      let keep = threshold.keep;
      const got: number[] = [];
      for (const t of tensors) {
        const masked = maskSmallest(t, { ...threshold, keep });
        keep = masked.keep;
        got.push(...masked.values);
      }
      expect(got).toEqual([...expected]);
    }),
    { numRuns: 300 },
  );
});

test('the threshold as a number', () => {
  const x = Float32Array.of(0.25, -0.5, 1, -2);
  expect(thresholdValue(smallestMagnitudes(x, 2))).toBe(0.5);
  expect([...maskSmallest(x, smallestMagnitudes(x, 0)).values]).toEqual([...x]);
  expect([...maskSmallest(x, smallestMagnitudes(x, 4)).values]).toEqual([0, 0, 0, 0]);
});

test('a plain threshold', () => {
  const x = Float32Array.of(-0, 0.1, -0.1, 0.3, Number.NaN, Number.NEGATIVE_INFINITY);
  expect([...maskBelow(x, 0.2)]).toEqual([0, 0, 0, Math.fround(0.3), Number.NaN, Number.NEGATIVE_INFINITY]);
});

test('N:M keeps the n largest of each m', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.constantFrom<[number, number]>([2, 4], [4, 8], [1, 2], [0, 3], [3, 3]),
      (dims, seed, [n, m]) => {
        const x = uglyFloats(
          dims.reduce((a, b) => a * b, 1),
          seed,
          { nonFinite: false },
        );
        const axis = seed % dims.length;
        const stride = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
        const got = maskNM(x, dims, axis, n, m);
        const expected = new Float32Array(x.length);
        for (let i = 0; i < x.length; i++) {
          if (Math.floor(i / stride) % dims[axis] !== 0) continue;
          for (let start = 0; start < dims[axis]; start += m) {
            const members = Array.from({ length: Math.min(m, dims[axis] - start) }, (_, j) => i + (start + j) * stride);
            members.sort((a, b) => Math.abs(x[b]) - Math.abs(x[a]) || a - b);
            for (const at of members.slice(0, n)) expected[at] = x[at];
          }
        }
        expect([...got]).toEqual([...expected]);
      },
    ),
    { numRuns: 200 },
  );
});
