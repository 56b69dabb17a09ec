import { describe, expect, test } from 'vitest';
import { planGeometry } from './geometry.ts';
import { STORED } from './presets.ts';
import type { InputSpec, Preprocess, Samples } from './types.ts';

const samples = (sampleDims: number[] | null): Samples => ({
  name: 'data',
  count: 1,
  sampleDims,
  bytes: true,
  read: async () => {
    throw new Error('not read');
  },
});
const input = (dims: (number | null)[]): InputSpec => ({ name: 'x', dtype: 'float32', dims });
const stretch: Preprocess = { ...STORED, resize: { mode: 'stretch', filter: 'bilinear' } };
const N = null;

describe('arrays', () => {
  test.each<[number[], (number | null)[], number[], string | null]>([
    // sample, model, row, layout and the sample's own order
    [[28, 28], [N, 1, 28, 28], [1, 28, 28], 'NCHW<NCHW'],
    [[28, 28], [N, 28, 28, 1], [28, 28, 1], 'NHWC<NCHW'],
    [[28, 28, 1], [N, 1, 28, 28], [1, 28, 28], 'NCHW<NHWC'],
    [[1, 28, 28], [1, 28, 28, 1], [28, 28, 1], 'NHWC<NCHW'],
    [[32, 32, 3], [N, 3, 32, 32], [3, 32, 32], 'NCHW<NHWC'],
    [[3, 32, 32], [N, 3, 32, 32], [3, 32, 32], 'NCHW<NCHW'],
    [[32, 32, 3], [N, 32, 32, 3], [32, 32, 3], 'NHWC<NHWC'],
    [[3, 3, 3], [N, 3, 3, 3], [3, 3, 3], 'NCHW<NCHW'],
    [[32, 32, 3], [N, N, N, N], [32, 32, 3], 'NHWC<NHWC'],
    [[3, 20, 30], [N, 3, N, N], [3, 20, 30], 'NCHW<NCHW'],
    [[784], [N, 1, 28, 28], [1, 28, 28], 'NCHW<NCHW'],
    [[3072], [N, 32, 32, 3], [32, 32, 3], 'NHWC<NHWC'],
    [[8, 5, 6], [N, 8, 5, 6], [8, 5, 6], 'NCHW<NCHW'],
    [[1, 1, 28, 28], [N, 1, 28, 28], [1, 28, 28], 'NCHW<NCHW'],
    [[28, 28], [N, 784], [784], null],
    [[784], [N, 28, 28], [28, 28], null],
    [[28, 28, 1], [N, 28, 28], [28, 28], null],
    [[28, 28], [N, 28, 28], [28, 28], null],
    [[4], [N, 4], [4], null],
    [[7], [32, N], [7], null],
    [[12], [N, 3, N], [3, 4], null],
  ])('%j into %j', (sample, model, dims, order) => {
    const g = planGeometry(samples(sample), input(model), STORED);
    expect(g.dims).toEqual(dims);
    expect(g.batch).toBe(model[0]);
    expect(g.image ? `${g.image.layout}<${g.image.source!.order}` : null).toBe(order);
  });

  test('a model without a batch dimension', () => {
    expect(planGeometry(samples([3, 8, 8]), input([3, 8, 8]), STORED)).toMatchObject({
      batchless: true,
      batch: 1,
      dims: [3, 8, 8],
    });
  });

  test.each<[number[], (number | null)[]]>([
    [
      [28, 28],
      [N, 3, 28, 28],
    ],
    [
      [28, 28],
      [N, 1, 32, 32],
    ],
    [
      [14, 56],
      [N, 28, 28],
    ],
    [
      [14, 56],
      [N, 1, 28, 28],
    ],
    [
      [32, 32, 3],
      [N, 1, 32, 32],
    ],
    [[5], [N, 4]],
    [[783], [N, 1, 28, 28]],
    [
      [28, 28],
      [N, 10, N, 5],
    ],
  ])('%j does not fit %j', (sample, model) => {
    expect(() => planGeometry(samples(sample), input(model), STORED)).toThrow(
      expect.objectContaining({ code: 'data/shape-mismatch' }),
    );
  });

  test('colour and size change only when asked', () => {
    const rgb = { ...stretch, color: 'rgb' as const };
    expect(planGeometry(samples([28, 28]), input([N, 3, 32, 32]), rgb).dims).toEqual([3, 32, 32]);
    expect(() => planGeometry(samples([28, 28]), input([N, 3, 32, 32]), stretch)).toThrow(/28×28/);
    const gray = { ...STORED, color: 'gray' as const };
    expect(planGeometry(samples([32, 32, 3]), input([N, 1, 32, 32]), gray).dims).toEqual([1, 32, 32]);
  });

  test('a forced layout wins', () => {
    const nhwc = { ...STORED, layout: 'NHWC' as const };
    expect(planGeometry(samples([3, 5, 3]), input([N, 3, 5, 3]), nhwc).image).toMatchObject({
      layout: 'NHWC',
      channels: 3,
      height: 3,
      width: 5,
    });
  });
});

describe('images', () => {
  test.each<[(number | null)[], number[], number]>([
    [[N, 3, 64, 48], [3, 64, 48], 3],
    [[N, 64, 48, 3], [64, 48, 3], 3],
    [[N, 3, N, N], [3, 224, 224], 3],
    [[N, 1, 28, 28], [1, 28, 28], 1],
    [[N, 28, 28], [28, 28], 1],
    [[N, 784], [784], 1],
  ])('into %j', (model, dims, channels) => {
    const g = planGeometry(samples(null), input(model), stretch);
    expect(g.dims).toEqual(dims);
    expect(g.image!.channels).toBe(channels);
  });
  test.each<[(number | null)[]]>([[[N, 10]], [[N, 5, 20, 20]], [[N]], [[N, 1, 2, 3, 4]], [[]]])(
    'not into %j',
    (model) => {
      expect(() => planGeometry(samples(null), input(model), stretch)).toThrow(
        expect.objectContaining({ code: 'data/shape-mismatch' }),
      );
    },
  );
});
