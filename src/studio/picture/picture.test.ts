import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { LayerFacts, LayerPlan } from '../../methods/types.ts';
import { entropyOf, levelCount, levelsIntoBins, planLevels, sketchLevels } from './levels.ts';
import { layerPicture } from './pictureOf.ts';
import { wholeSqnr, wholeStats } from './stats.ts';

const sum = (x: ArrayLike<number>) => Array.from(x).reduce((a, b) => a + b, 0);
const values = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i) * Math.cos(i * 0.31) ** 2);
const sketch = sketchOf(values);
const facts: LayerFacts = {
  ...{ id: 'w', name: 'w', role: 'weight', dims: [100, 80], dtype: 'float32', bytes: 32_000 },
  sketch,
};
const affine = (bits: number): LayerPlan => ({
  facts,
  bytes: 1000 * bits,
  encoding: '',
  quantizer: {
    ...{
      kind: 'affine',
      bits,
      zeroPoint: 0,
      offset: 0,
      clip: 1,
      sign: false,
      stepped: false,
      granularity: 'tensor',
      block: 0,
    },
    ...{ scale: 1 / (2 ** (bits - 1) - 1), qmin: -(2 ** (bits - 1) - 1), qmax: 2 ** (bits - 1) - 1 },
  },
});

describe('levels', () => {
  it('of a plan hold every weight, where rounding each would put it', () => {
    const levels = planLevels(affine(4))!;
    expect(levels).toHaveLength(15);
    expect(levelCount(affine(4))).toBe(15);
    expect(sum(levels.map((l) => l.count))).toBeCloseTo(values.length, 6);
    for (const { x, count } of levels) {
      const counted = values.filter((v) => Math.abs(v - x) < 1 / 14).length;
      // Bins are up to 1/16 octave wide: at a level's border of 0.9 that is 0.06, of which the borders of 8,000 values hold a few hundred at most.
      expect(Math.abs(count - counted)).toBeLessThan(60);
    }
  });

  it('of a codebook are as many as asked, and lie in the range', () => {
    const levels = planLevels({
      facts,
      bytes: 0,
      encoding: '',
      quantizer: { kind: 'codebook', levels: 8, granularity: 'tensor' },
    })!;
    expect(levels).toHaveLength(8);
    expect(sum(levels.map((l) => l.count))).toBeCloseTo(values.length, 6);
    expect(levels[0].x).toBeGreaterThan(sketch.min);
    expect(levels[7].x).toBeLessThan(sketch.max);
  });

  it('are not told where channels have their own', () => {
    const plan = affine(4);
    expect(
      planLevels({ ...plan, quantizer: { ...plan.quantizer, granularity: 'channel' } as LayerPlan['quantizer'] }),
    ).toBeUndefined();
    expect(planLevels({ facts, bytes: 0, encoding: '' })).toBeUndefined();
  });

  it('of a sketch are its values, zero exactly', () => {
    const rounded = values.map((v) => Math.round(v * 7) / 7);
    const levels = sketchLevels(sketchOf(rounded))!;
    const distinct = [...new Set(rounded.map((v) => v + 0))].sort((a, b) => a - b);
    expect(levels).toHaveLength(distinct.length);
    // The middle of a bin of 0.8 %.
    for (const [i, l] of levels.entries())
      expect(Math.abs(l.x - distinct[i])).toBeLessThanOrEqual(0.004 * Math.abs(distinct[i]));
    expect(levels.some((l) => l.x === 0)).toBe(true);
    expect(sketchLevels(sketch)).toBeUndefined();
  });

  it('lose nothing when they are drawn as bins that cover them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 40 }), (xs) => {
        const levels = xs.sort((a, b) => a - b).map((x, i) => ({ x, count: i + 1 }));
        const edges = Float64Array.from({ length: 302 }, (_, i) => -150.5 + i);
        expect(sum(levelsIntoBins(levels, edges))).toBeCloseTo(sum(levels.map((l) => l.count)), 6);
      }),
    );
  });
});

describe('entropy', () => {
  it('is the width for even levels and nothing for one', () => {
    expect(entropyOf(Array.from({ length: 16 }, (_, x) => ({ x, count: 5 })))).toBeCloseTo(4, 12);
    expect(entropyOf([{ x: 0, count: 9 }])).toBe(0);
    expect(
      entropyOf([
        { x: 0, count: 1 },
        { x: 1, count: 3 },
      ]),
    ).toBeCloseTo(0.811, 3);
  });
});

describe('layerPicture', () => {
  it('draws few levels one by one and many as bins', () => {
    expect(layerPicture(sketch, affine(4), undefined, true).levels).toHaveLength(15);
    const many = layerPicture(sketch, affine(8), undefined, true);
    expect(many.levels).toBeUndefined();
    expect(sum(many.after!)).toBeGreaterThan(0.98 * values.length);
  });

  it('shows the threshold’s work, and nothing where nothing happens', () => {
    const cut = layerPicture(sketch, { facts, bytes: 0, encoding: '', threshold: 0.1 }, undefined, true);
    const at = cut.edges.findIndex((e) => e > 0.03);
    expect(cut.after![at]).toBe(0);
    expect(cut.before[at]).toBeGreaterThan(0);
    expect(layerPicture(sketch, { facts, bytes: 0, encoding: '' }, undefined, true).after).toBeUndefined();
  });
});

describe('stats of several tensors', () => {
  it('are those of their values together', () => {
    const [a, b] = [values.slice(0, 3000), values.slice(3000)];
    const stats = wholeStats([a, b].map((x) => ({ sketch: sketchOf(x), bytes: 4 * x.length })));
    expect(stats).toMatchObject({
      count: sketch.count,
      zeros: sketch.zeros,
      min: sketch.min,
      max: sketch.max,
      bytes: 32_000,
    });
    // Sums in another order: float64 keeps 15 digits of 8,000 additions.
    expect(stats.mean).toBeCloseTo(sketch.mean, 12);
    expect(stats.std).toBeCloseTo(sketch.std, 12);
  });

  it('add noise to noise', () => {
    expect(
      wholeSqnr([
        { sketch, sqnr: 20 },
        { sketch, sqnr: 20 },
      ]),
    ).toBeCloseTo(20, 9);
    expect(
      wholeSqnr([
        { sketch, sqnr: 20 },
        { sketch, sqnr: Number.POSITIVE_INFINITY },
      ]),
    ).toBeCloseTo(23.01, 2);
    expect(wholeSqnr([{ sketch, sqnr: Number.POSITIVE_INFINITY }])).toBe(Number.POSITIVE_INFINITY);
  });
});
