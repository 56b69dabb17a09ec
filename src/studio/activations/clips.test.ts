import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { quantizeStaticSchema } from '../../methods/quantize-static/options.ts';
import type { ActivationFacts } from '../../methods/types.ts';
import { bars, movedClip, rowOf, withClip } from './clips.ts';

const histogram = {
  edges: Float32Array.from({ length: 2049 }, (_, i) => i / 256),
  // A decaying tail from 0 to 8, as activations have it.
  counts: Float64Array.from({ length: 2048 }, (_, i) => Math.round(1e6 * Math.exp(-i / 200))),
};
const facts: ActivationFacts = {
  ...{ name: 'relu', op: 'Relu', readers: ['Conv'], min: 0, max: 8, histogram, zeros: 0 },
  ...{ range: [0, 8], type: 'QUInt8', bits: 8, symmetric: false, fixed: false },
};
const step = (own: object) => v.parse(quantizeStaticSchema, { method: 'quantize-static', ...own });

describe('rowOf', () => {
  it('takes the calibrated range, or the one by hand, and tells its SQNR', () => {
    const calibrated = rowOf(facts, step({}));
    expect([calibrated.clip, calibrated.byHand]).toEqual([[0, 8], false]);
    const own = rowOf(facts, step({ tensorQuantOverrides: { relu: [{ rmax: 5 }] } }));
    expect([own.clip, own.byHand]).toEqual([[0, 5], true]);
    const tight = rowOf(facts, step({ tensorQuantOverrides: { relu: [{ rmin: 0, rmax: 0.5 }] } }));
    expect(tight.sqnr).toBeLessThan(calibrated.sqnr - 10);
  });

  it('agrees with quantizing values drawn from the histogram', () => {
    // Mid-points stand for the values of a bin: 1/256 wide, a 32nd of the step's own rounding at 8 bits over 8.
    const clip = 6;
    const scale = clip / 255;
    let signal = 0;
    let noise = 0;
    histogram.counts.forEach((n, i) => {
      for (const part of [0.125, 0.375, 0.625, 0.875]) {
        const x = (i + part) / 256;
        const y = Math.min(255, Math.round(x / scale)) * scale;
        signal += n * x * x;
        noise += n * (x - y) ** 2;
      }
    });
    const row = rowOf(facts, step({ tensorQuantOverrides: { relu: [{ rmin: 0, rmax: clip }] } }));
    // A tenth of a dB: rounding noise is taken as Δ²/12 on average.
    expect(row.sqnr).toBeCloseTo(10 * Math.log10(signal / noise), 1);
  });
});

describe('withClip', () => {
  it('sets and takes back a range, and leaves everything else alone', () => {
    const other = { conv: [{ quantType: 'QInt16' as const }] };
    const set = withClip(other, 'relu', [0, 3]);
    expect(set).toEqual({ ...other, relu: [{ rmin: 0, rmax: 3 }] });
    expect(withClip(set, 'conv', [-1, 1]).conv).toEqual([{ quantType: 'QInt16', rmin: -1, rmax: 1 }]);
    expect(withClip(withClip(set, 'conv', [-1, 1]), 'conv', undefined).conv).toEqual(other.conv);
    expect(withClip(set, 'relu', undefined)).toEqual(other);
    expect(withClip({}, 'relu', undefined)).toEqual({});
  });

  it('makes options that the schema takes', () => {
    expect(() => step({ tensorQuantOverrides: withClip({}, 'relu', [-0.5, 3]) })).not.toThrow();
  });
});

describe('movedClip', () => {
  it('keeps 0 inside', () => {
    expect(movedClip([-1, 2], [0.5, 2], false)).toEqual([0, 2]);
    expect(movedClip([-1, 2], [-1, -0.5], false)).toEqual([-1, 0]);
  });

  it('moves both ends of symmetric integers', () => {
    expect(movedClip([-2, 2], [-2, 1.5], true)).toEqual([-1.5, 1.5]);
    expect(movedClip([-2, 2], [-1, 2], true)).toEqual([-1, 1]);
  });
});

describe('bars', () => {
  it('loses no count, and covers the same range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (n) => {
        const h = {
          edges: Float32Array.from({ length: n + 1 }, (_, i) => i),
          counts: Float64Array.from({ length: n }, (_, i) => i % 7),
        };
        const b = bars(h);
        expect(b.counts.length).toBeLessThanOrEqual(190);
        expect(b.counts.reduce((x, y) => x + y, 0)).toBe(h.counts.reduce((x, y) => x + y, 0));
        expect([b.edges[0], b.edges.at(-1)]).toEqual([0, n]);
        expect([...b.edges].every((e, i) => i === 0 || e > b.edges[i - 1])).toBe(true);
      }),
    );
  });
});
