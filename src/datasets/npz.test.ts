import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { openDataset } from './open.ts';
import { expectError, fixture, fixtureJson, npyBytes } from './testing.ts';
import type { RawBatch } from './types.ts';

const { x, y } = fixtureJson<{ x: number[]; y: number[] }>('reference.json');
const numbers = (batch: RawBatch) => (batch.kind === 'array' ? Array.from(batch.data) : []);

const npz = (arrays: Record<string, Uint8Array>, name = 'd.npz') =>
  memorySource(
    new Uint8Array(zipSync(Object.fromEntries(Object.entries(arrays).map(([k, v]) => [`${k}.npy`, v])))),
    name,
  );

test.each(['stored.npz', 'deflated.npz'])('x and y of %s', async (name) => {
  const data = await openDataset([fixture(name)]);
  expect(data).toMatchObject({ kind: 'npz', count: 12, sampleDims: [5, 4], bytes: true });
  expect(Array.from(data.labels!)).toEqual(y);
  expect(numbers(await data.read([0, 1]))).toEqual(x.slice(0, 40));
  expect(numbers(await data.read([11, 3]))).toEqual([...x.slice(220), ...x.slice(60, 80)]);
});

test('a file with both parts gives the test part, or the training part when asked', async () => {
  const test = await openDataset([fixture('keras.npz')]);
  expect(test.count).toBe(8);
  expect(Array.from(test.labels!)).toEqual(y.slice(4));
  const train = await openDataset([fixture('keras.npz')], { split: 'train' });
  expect(Array.from(train.labels!)).toEqual(y.slice(0, 4));
  expect(numbers(await train.read([0]))).toEqual(x.slice(0, 20));
});

test('fractions are targets of a regression', async () => {
  const data = await openDataset([fixture('regression.npz')]);
  expect(data.labels).toBeUndefined();
  expect(data.targets!.length).toBe(12);
  expect(data.targets![0]).toBe(-1);
});

test('one array for each input of a model', async () => {
  const ids = npyBytes(Int32Array.from([1, 2, 3, 4, 5, 6]), [3, 2]);
  const mask = npyBytes(Float32Array.from([1, 1, 1, 0, 0, 0]), [3, 2]);
  const labels = npyBytes(Int32Array.from([0, 1, 1]), [3]);
  const inputs = [
    { name: 'input_ids', dtype: 'int64' as const, dims: [null, 2] },
    { name: 'attention_mask', dtype: 'float32' as const, dims: [null, 2] },
  ];
  const data = await openDataset([npz({ attention_mask: mask, input_ids: ids, labels })], { inputs });
  expect(Object.keys(data.inputs!)).toEqual(['input_ids', 'attention_mask']);
  expect(numbers(await data.inputs!.input_ids.read([2]))).toEqual([5, 6]);
  expect(numbers(await data.inputs!.attention_mask.read([1]))).toEqual([1, 0]);
  expect(Array.from(data.labels!)).toEqual([0, 1, 1]);
  const short = npz({ input_ids: ids, attention_mask: npyBytes(new Float32Array(2), [1, 2]) });
  await expectError(openDataset([short], { inputs }), 'data/shape-mismatch', /1 samples/);
});

test('a pair of .npy files, by name or by rank', async () => {
  const a = npyBytes(new Float32Array(6).fill(2), [3, 2]);
  const b = npyBytes(Int32Array.from([4, 5, 6]), [3]);
  for (const [first, second] of [
    ['y.npy', 'x.npy'],
    ['answers.npy', 'pictures.npy'],
  ]) {
    const data = await openDataset([memorySource(b, first), memorySource(a, second)]);
    expect(data.sampleDims).toEqual([2]);
    expect(Array.from(data.labels!)).toEqual([4, 5, 6]);
  }
  const alone = await openDataset([memorySource(a, 'pictures.npy')]);
  expect(alone.labels).toBeUndefined();
  expect(alone.count).toBe(3);
});

test('one-hot rows are classes only when every row is', async () => {
  const samples = npyBytes(new Float32Array(4), [2, 2]);
  const open = (v: number[]) => openDataset([npz({ x: samples, y: npyBytes(Float32Array.from(v), [2, 3]) })]);
  expect(Array.from((await open([0, 0, 1, 1, 0, 0])).labels!)).toEqual([2, 0]);
  expect((await open([0, 0.5, 0.5, 1, 0, 0])).targets!.length).toBe(6);
  expect((await open([0, 1, 1, 1, 0, 0])).labels).toBeUndefined();
  expect((await open([0, 0, 0, 1, 0, 0])).labels).toBeUndefined();
  await expectError(open([0, Number.NaN, 0, 1, 0, 0]), 'data/unreadable', /row 0 is NaN/);
});

test('what cannot be samples and answers is refused', async () => {
  await expectError(openDataset([fixture('objects.npz')]), 'data/unreadable', /pickled/);
  const four = npyBytes(new Float32Array(4), [4]);
  await expectError(openDataset([npz({ a: four, b: four, c: four })]), 'data/unreadable', /a, b, c/);
  await expectError(
    openDataset([npz({ x: four, y: npyBytes(new Int32Array(3), [3]) })]),
    'data/shape-mismatch',
    /3 samples.*4/,
  );
  await expectError(openDataset([npz({ x: npyBytes(new Float32Array(0), [0, 3]) })]), 'data/unreadable', /empty/);
  await expectError(openDataset([npz({ x: npyBytes(new Float32Array(0), [3, 0]) })]), 'data/shape-mismatch', /empty/);
});
