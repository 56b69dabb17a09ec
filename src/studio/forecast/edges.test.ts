import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import { countInto, hasFarTails, histogramEdges, MAX_BINS, massOfAll, quantileOf } from './edges.ts';

const floats = (minLength: number) =>
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e6), max: Math.fround(1e6) }), {
    minLength,
    maxLength: 400,
  });
const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);

describe('histogramEdges', () => {
  it('ascends, covers every value and never has more bins than can be read', () => {
    fc.assert(
      fc.property(floats(1), (values) => {
        const mass = massOfAll([sketchOf(Float32Array.from(values))]);
        const edges = histogramEdges(mass);
        expect(edges.length - 1).toBeLessThanOrEqual(MAX_BINS);
        for (let i = 1; i < edges.length; i++) expect(edges[i]).toBeGreaterThan(edges[i - 1]);
        expect(edges[0]).toBeLessThanOrEqual(mass.min);
        expect(edges[edges.length - 1]).toBeGreaterThanOrEqual(mass.max);
      }),
    );
  });

  it('draws one value, no value and a constant', () => {
    expect(histogramEdges(massOfAll([]))).toHaveLength(2);
    const one = histogramEdges(massOfAll([sketchOf(Float32Array.of(3))]));
    expect(one[0]).toBeLessThan(3);
    expect(one[one.length - 1]).toBeGreaterThan(3);
    expect(histogramEdges(massOfAll([sketchOf(new Float32Array(9))])).every(Number.isFinite)).toBe(true);
  });

  it('has the width of Freedman and Diaconis', () => {
    // 900 values evenly over 0…1: IQR 0.5, width 1/∛900 = 1/9.65, hence 10 bins; a sketch bin moves the IQR by less than 1 %.
    const x = Float32Array.from({ length: 900 }, (_, i) => i / 899);
    expect(histogramEdges(massOfAll([sketchOf(x)])).length - 1).toBe(10);
  });
});

describe('countInto', () => {
  it('loses no element', () => {
    fc.assert(
      fc.property(floats(1), floats(1), (a, b) => {
        const mass = massOfAll([sketchOf(Float32Array.from(a)), sketchOf(Float32Array.from(b))]);
        expect(mass.total).toBe(a.length + b.length);
        // Shares of a bin are divided and summed in float64: some thousand additions cost less than 1e-9 of the total.
        expect(sum(countInto(histogramEdges(mass), mass))).toBeCloseTo(mass.total, 6);
      }),
    );
  });

  it('puts no more than a sketch bin’s width between a count and the true one', () => {
    const x = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i) * Math.cos(i * 0.7) * 3);
    const mass = massOfAll([sketchOf(x)]);
    const edges = histogramEdges(mass);
    const counts = countInto(edges, mass);
    let below = 0;
    for (let i = 0; i < counts.length; i++) {
      below += counts[i];
      const edge = edges[i + 1];
      const near = Math.abs(edge) * 0.008;
      const low = x.filter((v) => v < edge - near).length;
      const high = x.filter((v) => v <= edge + near).length;
      expect(below).toBeGreaterThanOrEqual(low - 1e-6);
      expect(below).toBeLessThanOrEqual(high + 1e-6);
    }
  });
});

describe('tails', () => {
  it('are far when a few values stretch the range', () => {
    const x = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i));
    expect(hasFarTails(massOfAll([sketchOf(x)]))).toBe(false);
    x[5] = 60;
    const mass = massOfAll([sketchOf(x)]);
    expect(hasFarTails(mass)).toBe(true);
    const edges = histogramEdges(mass, 0.998);
    expect(edges[edges.length - 1]).toBeLessThan(2);
  });

  it('knows quantiles to the width of a bin', () => {
    const x = Float32Array.from({ length: 1001 }, (_, i) => i);
    // A bin at 500 is 2 or 4 wide.
    expect(Math.abs(quantileOf(massOfAll([sketchOf(x)]), 0.5) - 500)).toBeLessThan(4);
  });
});
