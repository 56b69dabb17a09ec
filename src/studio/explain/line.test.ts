import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { QuantizeWeightsOptions } from '../../methods/quantize-weights/options.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { parseStep } from '../../recipe/schema.ts';
import { lineOf, nearestLevel } from './line.ts';

const values = Float32Array.from({ length: 4000 }, (_, i) => -0.5 + i / 2000);
const facts: LayerFacts = {
  ...{ id: 'w', name: 'w', role: 'weight', dims: [50, 80], dtype: 'float32', bytes: 16_000, channelAxis: 0 },
  sketch: sketchOf(values, [50, 80], 0),
};
const step = (o: object) => parseStep({ method: 'quantize-weights', ...o }) as unknown as QuantizeWeightsOptions;

describe('lineOf', () => {
  it('gives the levels of each scheme over −0.5…1.5', () => {
    const symmetric = lineOf(facts, step({ bits: 3 }))!.levels;
    expect(symmetric).toContain(0);
    // Even steps, to float64's rounding of a scale that is itself a float32.
    for (let i = 2; i < symmetric.length; i++) {
      expect(symmetric[i] - symmetric[i - 1]).toBeCloseTo(symmetric[1] - symmetric[0], 6);
    }
    expect(lineOf(facts, step({ bits: 3, scheme: 'asymmetric' }))!.levels).toHaveLength(8);
    const article = lineOf(facts, step({ bits: 2, scheme: 'article' }))!.levels;
    for (const [i, x] of [-0.5, 0, 0.5, 1].entries()) expect(article[i]).toBeCloseTo(x, 2);
    expect(lineOf(facts, step({ bits: 2, scheme: 'codebook', granularity: 'tensor' }))!.levels).toHaveLength(4);
    expect(lineOf(facts, step({ bits: 1 }))!.levels).toHaveLength(2);
  });

  it('has nothing to show for float16 and for what was not read', () => {
    expect(lineOf(facts, step({ bits: 16 }))).toBeUndefined();
    expect(lineOf({ ...facts, sketch: undefined }, step({ bits: 4 }))).toBeUndefined();
  });
});

it('sends a value to its nearest level', () => {
  expect(nearestLevel([-1, 0, 1], 0.4)).toBe(0);
  expect(nearestLevel([-1, 0, 1], 0.5)).toBe(0);
  expect(nearestLevel([-1, 0, 1], 9)).toBe(1);
});
