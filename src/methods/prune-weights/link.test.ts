import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { LayerFacts } from '../types.ts';
import { cutOf, layerLink, sparsityAt, stepLink, thresholdAt } from './link.ts';
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

  it('begins behind zero where the smallest of them are', () => {
    // Over twelve powers of ten, and a tenth of them 0.
    const spread = Float32Array.from(bell, (_, i) => (i % 10 === 0 ? 0 : 10 ** (-12 * Math.abs(Math.sin(i)))));
    const link = stepLink(
      [layer('a', bell, { scores: { taylor: sketchOf(spread) } })],
      options({ importance: 'taylor' }),
    )!;
    expect(sparsityAt(link, link.floor)).toBeGreaterThan(0.1);
    expect(sparsityAt(link, link.floor)).toBeLessThan(0.102);
    // Weights that matter nothing fall below any threshold but 0; one weight is 0 itself.
    expect([sparsityAt(link, 0), thresholdAt(link, 0.05)]).toEqual([1 / 5000, 0]);
    for (const s of [0.2, 0.5, 0.8]) {
      const below = spread.filter((x) => x < thresholdAt(link, s)).length / spread.length;
      expect(Math.abs(below - s)).toBeLessThan(0.005);
    }
    const even = Array.from({ length: 5000 }, (_, i) => (i + 1) / 5000);
    expect(stepLink([layer('a', even)], options())!.floor).toBe(1e-4);
  });

  it('leaves out what was measured without an answer', () => {
    const step = options({ importance: 'wanda', scope: 'global' });
    const scores = { wanda: sketchOf(Float32Array.from(bell, Math.abs)) };
    expect(stepLink([layer('a', bell, { scores }), layer('b', bell, { scores: {} })], step)?.count).toBe(bell.length);
  });

  it('waits for weights that have not been read', () => {
    expect(stepLink([layer('a', bell, { sketch: undefined })], options())).toBeUndefined();
    expect(stepLink([], options())).toBeUndefined();
    expect(layerLink(layer('a', [], { dims: [0] }), 'magnitude')).toBeUndefined();
  });
});

describe('cutOf', () => {
  const scores = { taylor: sketchOf(Float32Array.from(bell, Math.abs)) };
  const [a, b] = [layer('a', bell, { scores }), layer('b', bell, { scores })];
  const cut = (o: object, of?: LayerFacts) => cutOf([a, b], options({ importance: 'taylor', ...o }), of);
  const shared = cut({ sparsity: 0.5 });

  it('is one number for all that are compared, and a layer’s own where it has some', () => {
    expect(shared).toBeGreaterThan(0);
    expect(cut({ sparsity: 0.5 }, a)).toBe(shared);
    expect(cut({ threshold: 0.1 }, a)).toBe(0.1);
    const apart = { sparsity: 0.5, layers: { a: { sparsity: 0.9 }, b: { threshold: 0.2 } } };
    expect(cut(apart, a)).toBeGreaterThan(shared!);
    expect(cut(apart, b)).toBe(0.2);
  });

  it('is of each layer or channel where those are not compared with others', () => {
    expect(cut({ sparsity: 0.5, scope: 'layer' })).toBeUndefined();
    expect(cut({ sparsity: 0.5, scope: 'layer' }, a)).toBeCloseTo(shared!, 5);
    expect(cut({ sparsity: 0.5, scope: 'output' }, layer('c', bell, { scores, channelAxis: 1 }))).toBeUndefined();
    expect(cut({ layers: { a: { skip: true } } }, a)).toBeUndefined();
  });
});
