import { describe, expect, it } from 'vitest';
import { errorSums, sqnrOf } from '../../kernels/loops/errors.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import type { TensorReport } from '../../methods/types.ts';
import type { Layer } from '../../recipe/layers.ts';
import { chainSqnr, filterRows, heatOf, layerRows } from './rows.ts';

const layer = (id: string, bytes: number, role: Layer['role'] = 'weight', op = 'Conv'): Layer => ({
  id,
  name: id,
  role,
  dims: [bytes / 4],
  dtype: 'float32',
  bytes,
  place: 'initializer',
  uses: [
    { op, node: 'n', input: 1 },
    { op, node: 'm', input: 1 },
  ],
  compressible: true,
});
const weights = sketchOf(Float32Array.of(1, -2, 0.5));
const report = (id: string, step: number, sqnr: number, bytesAfter: number) =>
  ({ id, step, sqnr, bytesAfter, sketch: weights }) as TensorReport;

describe('chainSqnr', () => {
  const sqnr = (x: Float32Array, y: Float32Array) => sqnrOf(errorSums(x, y));
  const values = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) ** 3);
  const sketch = sketchOf(values);

  it('is a single step’s own', () => {
    expect(chainSqnr(sketch, [{ sqnr: 30, sketch }])).toBeCloseTo(30, 12);
    expect(chainSqnr(sketch, [{ sqnr: Number.POSITIVE_INFINITY, sketch }])).toBe(Number.POSITIVE_INFINITY);
    // Twice the noise power is 3.01 dB less.
    const twice = [30, 30].map((db) => ({ sqnr: db, sketch }));
    expect(chainSqnr(sketch, twice)).toBeCloseTo(30 - 10 * Math.log10(2), 12);
  });

  it('is that of the last values against the first, for pruning and then quantizing', () => {
    for (const threshold of [0.1, 0.5, 0.9]) {
      const pruned = values.map((v) => (Math.abs(v) < threshold ? 0 : v));
      const quantized = pruned.map((v) => Math.round(v * 7) / 7);
      const reports = [
        { sqnr: sqnr(values, pruned), sketch: sketchOf(pruned) },
        { sqnr: sqnr(pruned, quantized), sketch: sketchOf(quantized) },
      ];
      // Pruned values stay zero, so that no error of one step meets an error of the other; 1e-6 dB is the float32 of the values.
      expect(Math.abs(chainSqnr(sketch, reports) - sqnr(values, quantized))).toBeLessThan(1e-6);
    }
  });
});

describe('layerRows', () => {
  it('takes bytes from the last step, error from all of them, and names each operator once', () => {
    const reports = new Map([['a', [report('a', 0, 30, 400), report('a', 1, 30, 100)]]]);
    const [a, b] = layerRows([{ ...layer('a', 300), sketch: weights }, layer('b', 100)], reports);
    expect(a).toMatchObject({ op: 'Conv', share: 0.75, after: 100 });
    expect(a.sqnr).toBeCloseTo(26.99, 2);
    expect(b.sqnr).toBeUndefined();
  });

  it('foretells what the recipe will do, and nothing of what it leaves alone', () => {
    const same = { bytes: 300, sqnr: Number.POSITIVE_INFINITY, zeros: 0, encoding: 'float32' };
    const forecast = new Map([
      ['a', { ...same, bytes: 80, sqnr: 31, encoding: 'int8' }],
      ['b', same],
      ['c', { ...same, sqnr: Number.NaN, encoding: 'int8' }],
    ]);
    const measured = new Map([['b', [report('b', 0, 30, 400)]]]);
    const [a, b, c] = layerRows(
      ['a', 'b', 'c'].map((id) => layer(id, 300)),
      measured,
      forecast,
    );
    expect(a).toMatchObject({ after: 80, sqnr: 31, encoding: 'int8', forecast: true });
    expect(b).not.toHaveProperty('after');
    expect(c.after).toBe(300);
    expect(c).not.toHaveProperty('sqnr');
  });

  it('gives a weight the multiply-accumulates of its node, and a bias none', () => {
    const costs = { macs: 9, unknown: 0, nodes: [['n', 9] as [string, number]] };
    const bias = { ...layer('b', 4, 'bias'), compressible: false };
    const rows = layerRows([layer('a', 36), bias], new Map(), undefined, costs);
    expect(rows.map((r) => [r.count, r.macs])).toEqual([
      [9, 9],
      [1, undefined],
    ]);
  });

  it('divides by nothing when all tensors are empty', () => {
    expect(layerRows([layer('a', 0)], new Map())[0].share).toBe(0);
  });
});

it('filters by name, operator and role', () => {
  const rows = layerRows([layer('fc1.w', 4), layer('conv.b', 4, 'bias', 'Add')], new Map());
  const names = (text: string, role: string) => filterRows(rows, text, role).map((r) => r.layer.id);
  expect(names('FC1', 'all')).toEqual(['fc1.w']);
  expect(names('add', 'all')).toEqual(['conv.b']);
  expect(names('', 'bias')).toEqual(['conv.b']);
  expect(names('fc1', 'bias')).toEqual([]);
});

it('puts errors on the heat scale', () => {
  expect([heatOf(undefined), heatOf(Number.POSITIVE_INFINITY), heatOf(60), heatOf(35), heatOf(10), heatOf(-5)]).toEqual(
    [0, 0, 0, 0.5, 1, 1],
  );
});
