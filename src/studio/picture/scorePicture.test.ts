import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import { scorePicture } from './scorePicture.ts';

const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);
/** Bell-shaped in its powers of ten, around 1e-5; one in twenty is 0. */
const scores = Float32Array.from({ length: 4000 }, (_, i) =>
  i % 20 === 0 ? 0 : 10 ** (-5 + Math.sin(i) + Math.sin(2.3 * i) + Math.sin(5.1 * i)),
);

describe('scorePicture', () => {
  it('has bins of one ratio, and every element over 0 in one of them', () => {
    const { edges, before, nothing, outside } = scorePicture([sketchOf(scores)], true)!;
    expect([nothing, outside]).toEqual([200, 0]);
    expect(sum(before)).toBeCloseTo(3800, 6);
    const ratios = Array.from(edges.slice(1), (e, i) => e / edges[i]);
    expect(Math.max(...ratios) / Math.min(...ratios)).toBeCloseTo(1, 9);
    expect(edges.length).toBeGreaterThan(20);
    const middle = edges.findIndex((e) => e > 1e-5);
    const counted = scores.filter((s) => s > 0 && s < edges[middle]).length;
    // Inside a bin of a sketch, 0.8 % wide, values are taken as evenly spread.
    expect(Math.abs(sum(before.slice(0, middle)) - counted)).toBeLessThan(20);
  });

  it('begins without a tail of many powers of ten, and shows it when asked', () => {
    const tail = Float32Array.from([...scores, 1e-30, 1e-25]);
    const centre = scorePicture([sketchOf(tail)], false)!;
    expect(centre.farTails).toBe(true);
    expect(centre.edges[0]).toBeGreaterThan(1e-9);
    expect(centre.outside).toBeGreaterThan(0);
    expect(scorePicture([sketchOf(tail)], true)!.edges[0]).toBeLessThan(1.01e-30);
  });

  it('draws one value with room at both sides, and nothing of nothing', () => {
    const one = scorePicture([sketchOf(new Float32Array(9).fill(0.25))], false)!;
    expect(one.edges[0]).toBeLessThan(0.2);
    expect(one.edges[one.edges.length - 1]).toBeGreaterThan(0.3);
    expect(sum(one.before)).toBeCloseTo(9, 6);
    expect(scorePicture([sketchOf(new Float32Array(9))], false)).toBeUndefined();
    expect(scorePicture([], false)).toBeUndefined();
  });
});
