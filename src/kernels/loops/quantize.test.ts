import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Grouping, groupCount } from '../grouping.ts';
import { uglyFloats } from '../ugly.ts';
import { type AffineSpec, dequantizeAffine, integerRange, quantizeAffine } from './quantize.ts';
import { ranges } from './ranges.ts';

/** The group of an element by index arithmetic alone. */
function groupOf(g: Grouping, i: number): number {
  if (g.granularity === 'tensor') return 0;
  const index: number[] = [];
  for (let d = g.dims.length - 1, rest = i; d >= 0; d--) {
    index[d] = rest % g.dims[d];
    rest = Math.floor(rest / g.dims[d]);
  }
  if (g.granularity === 'channel') return index[g.axis];
  let group = 0;
  for (let d = 0; d < g.dims.length; d++) {
    group =
      d === g.axis
        ? group * Math.ceil(g.dims[d] / g.block) + Math.floor(index[d] / g.block)
        : group * g.dims[d] + index[d];
  }
  return group;
}

function roundHalfEven(v: number): number {
  const low = Math.floor(v);
  const rest = v - low;
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
}

const spec: fc.Arbitrary<AffineSpec> = fc
  .array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 })
  .chain((dims) =>
    fc.record({
      dims: fc.constant(dims),
      granularity: fc.constantFrom('tensor' as const, 'channel' as const, 'block' as const),
      axis: fc.integer({ min: 0, max: dims.length - 1 }),
      block: fc.integer({ min: 1, max: 7 }),
      bits: fc.integer({ min: 1, max: 8 }),
      signed: fc.boolean(),
    }),
  );

test('quantizing and back, element by element', () => {
  fc.assert(
    fc.property(spec, fc.nat(), fc.boolean(), (s, seed, asymmetric) => {
      const n = s.dims.reduce((a, b) => a * b, 1);
      const groups = groupCount(s);
      const x = uglyFloats(n, seed, { nonFinite: true });
      const scale = uglyFloats(groups, seed + 1, { nonFinite: false }).map((v) => Math.abs(v) || 1);
      const [low, high] = integerRange(s);
      const Type = s.signed ? Int8Array : Uint8Array;
      const zero = new Type(groups);
      if (asymmetric) for (let g = 0; g < groups; g++) zero[g] = low + ((g * 37) % (high - low + 1));
      const q = quantizeAffine(x, s, scale, asymmetric ? zero : undefined);
      const back = dequantizeAffine(q, s, scale, asymmetric ? zero : undefined);
      expect(q).toBeInstanceOf(Type);
      for (let i = 0; i < n; i++) {
        const g = groupOf(s, i);
        const v = Math.fround(x[i] / scale[g]);
        const expected = Number.isNaN(v) ? zero[g] : Math.min(high, Math.max(low, roundHalfEven(v) + zero[g]));
        expect(q[i]).toBe(expected + 0);
        expect(back[i]).toBe(Math.fround((q[i] - zero[g]) * scale[g]));
      }
    }),
    { numRuns: 300 },
  );
});

test('ranges, element by element', () => {
  fc.assert(
    fc.property(spec, fc.nat(), (s, seed) => {
      const x = uglyFloats(
        s.dims.reduce((a, b) => a * b, 1),
        seed,
        { nonFinite: true },
      );
      const groups: number[][] = Array.from({ length: groupCount(s) }, () => []);
      x.forEach((v, i) => {
        if (Number.isFinite(v)) groups[groupOf(s, i)].push(v);
      });
      const { min, max } = ranges(x, s);
      groups.forEach((values, g) => {
        // + 0 makes −0 and +0 one: which of the two is the smallest is not defined.
        expect(min[g] + 0).toBe((values.length ? Math.min(...values) : 0) + 0);
        expect(max[g] + 0).toBe((values.length ? Math.max(...values) : 0) + 0);
      });
    }),
    { numRuns: 200 },
  );
});

test('an integer range can be narrower than its bits', () => {
  const s = { dims: [4], granularity: 'tensor', axis: 0, block: 1, bits: 8, signed: true, qmin: -127 } as const;
  expect([
    ...quantizeAffine(Float32Array.of(-1, 1, -0.5, Number.NEGATIVE_INFINITY), s, Float32Array.of(1 / 128)),
  ]).toEqual([-127, 127, -64, -127]);
});

test('scales that do not fit are refused', () => {
  const s = { dims: [2, 3], granularity: 'channel', axis: 0, block: 1, bits: 8, signed: true } as const;
  expect(() => quantizeAffine(new Float32Array(6), s, new Float32Array(3))).toThrow(/3 scales/);
  expect(() => quantizeAffine(new Float32Array(5), s, new Float32Array(2))).toThrow(/5 elements/);
});
