import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { LayerFacts } from '../types.ts';
import { layerLink, sparsityAt, stepLink, thresholdAt } from './link.ts';
import { type PruneWeightsOptions, pruneWeightsSchema } from './options.ts';

const options = (o: object = {}): PruneWeightsOptions => v.parse(pruneWeightsSchema, { method: 'prune-weights', ...o });
const layer = (id: string, values: number[], more: Partial<LayerFacts> = {}): LayerFacts => ({
  ...{ id, name: id, role: 'weight', dims: [values.length, 1], dtype: 'float32', bytes: 4 * values.length },
  sketch: sketchOf(Float32Array.from(values)),
  ...more,
});
const bell = Array.from({ length: 5000 }, (_, i) => Math.sin(i) ** 3 * Math.cos(i * 0.37));

describe('sparsity and threshold', () => {
  const link = stepLink(
    [
      layer('a', bell),
      layer(
        'b',
        bell.map((x) => 3 * x),
      ),
    ],
    options(),
  )!;

  it('lead back to each other', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (s) => {
        // Merged bins hold values evenly; one element of 10,000 is 1e-4, and a float32 threshold rounds it to a neighbour.
        expect(Math.abs(sparsityAt(link, thresholdAt(link, s)) - s)).toBeLessThan(2.1e-4);
      }),
    );
  });

  it('agree with counting', () => {
    const all = [...bell, ...bell.map((x) => 3 * x)].map((x) => Math.abs(Math.fround(x)));
    for (const t of [0.001, 0.01, 0.1, 0.5, 2]) {
      const counted = all.filter((x) => x < t).length / all.length;
      // A bin is at most 1/16 octave wide; the density of these values changes little inside one.
      expect(Math.abs(sparsityAt(link, t) - counted)).toBeLessThan(0.004);
    }
  });

  it('rise together', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(thresholdAt(link, low)).toBeLessThanOrEqual(thresholdAt(link, high));
      }),
    );
  });

  it('reach both ends', () => {
    expect(thresholdAt(link, 0)).toBe(0);
    expect(sparsityAt(link, thresholdAt(link, 1))).toBe(1);
    expect(thresholdAt(link, 1)).toBeGreaterThan(link.max);
  });
});

describe('stepLink', () => {
  it('leaves out what the step leaves alone or what has options of its own', () => {
    const layers = [
      layer('a', bell),
      layer('b', bell),
      layer('c', bell),
      layer('bias', bell, { role: 'bias' }),
      layer('odd', [1, Number.NaN]),
    ];
    const link = stepLink(layers, options({ layers: { b: { skip: true }, c: { sparsity: 0.9 } } }));
    expect(link?.count).toBe(bell.length);
  });

  it('is of the scores where importance is not by magnitude, once they are measured', () => {
    const scores = { taylor: sketchOf(Float32Array.from(bell, (x) => x * x)) };
    const step = options({ importance: 'taylor' });
    expect(stepLink([layer('a', bell, { scores }), layer('b', bell)], step)).toBeUndefined();
    const link = stepLink([layer('a', bell, { scores })], step);
    expect(link?.max).toBe(scores.taylor.max);
    expect(layerLink(layer('a', bell, { scores }), 'taylor')?.max).toBe(scores.taylor.max);
    expect(layerLink(layer('a', bell), 'wanda')).toBeUndefined();
  });

  it('waits for weights that have not been read', () => {
    expect(stepLink([layer('a', bell, { sketch: undefined })], options())).toBeUndefined();
    expect(stepLink([], options())).toBeUndefined();
    expect(layerLink(layer('a', [], { dims: [0] }), 'magnitude')).toBeUndefined();
  });
});
