import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
const report = (id: string, step: number, sqnr: number, bytesAfter: number) =>
  ({ id, step, sqnr, bytesAfter }) as TensorReport;

describe('chainSqnr', () => {
  it('adds the noise of steps with uncorrelated errors', () => {
    expect(chainSqnr([30])).toBeCloseTo(30, 12);
    // Twice the noise power is 3.01 dB less.
    expect(chainSqnr([30, 30])).toBeCloseTo(30 - 10 * Math.log10(2), 12);
    expect(chainSqnr([Number.POSITIVE_INFINITY, 20])).toBeCloseTo(20, 12);
    expect(chainSqnr([Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });

  it('is never better than the worst step', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -20, max: 120, noNaN: true }), { minLength: 1, maxLength: 6 }), (dbs) => {
        // 1e-9 dB for the rounding of two transcendental functions.
        expect(chainSqnr(dbs)).toBeLessThanOrEqual(Math.min(...dbs) + 1e-9);
      }),
    );
  });
});

describe('layerRows', () => {
  it('takes bytes from the last step, error from all of them, and names each operator once', () => {
    const reports = new Map([['a', [report('a', 0, 30, 400), report('a', 1, 30, 100)]]]);
    const [a, b] = layerRows([layer('a', 300), layer('b', 100)], reports);
    expect(a).toMatchObject({ op: 'Conv', share: 0.75, after: 100 });
    expect(a.sqnr).toBeCloseTo(26.99, 2);
    expect(b.sqnr).toBeUndefined();
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
