import fc from 'fast-check';
import { gzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { memorySource } from '../base/source.ts';
import { openIdx } from './idx.ts';
import { openDataset } from './open.ts';
import { readAll } from './stored.ts';
import { expectError, idxBytes } from './testing.ts';

const images = idxBytes([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = idxBytes([3], [7, 0, 9]);
const gz = (bytes: Uint8Array, name: string) => memorySource(new Uint8Array(gzipSync(bytes)), name);

test('a pair, plain or gzipped, in either order', async () => {
  for (const files of [
    [memorySource(images, 't10k-images-idx3-ubyte'), memorySource(labels, 't10k-labels-idx1-ubyte')],
    [gz(labels, 't10k-labels-idx1-ubyte.gz'), gz(images, 't10k-images-idx3-ubyte.gz')],
  ]) {
    const data = await openDataset(files);
    expect(data).toMatchObject({ kind: 'idx', count: 3, sampleDims: [2, 2], bytes: true });
    expect(Array.from(data.labels!)).toEqual([7, 0, 9]);
    expect(await data.read([2, 0])).toMatchObject({
      dims: [2, 2, 2],
      data: Uint8Array.from([9, 10, 11, 12, 1, 2, 3, 4]),
    });
  }
});

test("MNIST's four files: the test pair, or the training pair when asked", async () => {
  const files = [
    memorySource(idxBytes([1, 2, 2], [1, 1, 1, 1]), 'train-images-idx3-ubyte'),
    memorySource(idxBytes([1], [5]), 'train-labels-idx1-ubyte'),
    memorySource(images, 't10k-images-idx3-ubyte'),
    memorySource(labels, 't10k-labels-idx1-ubyte'),
  ];
  expect((await openDataset(files)).count).toBe(3);
  expect(Array.from((await openDataset(files, { split: 'train' })).labels!)).toEqual([5]);
});

test('every dtype', async () => {
  const cases: [number, number, (v: DataView, at: number, x: number) => void][] = [
    [8, 1, (v, at, x) => v.setUint8(at, x)],
    [9, 1, (v, at, x) => v.setInt8(at, x)],
    [11, 2, (v, at, x) => v.setInt16(at, x)],
    [12, 4, (v, at, x) => v.setInt32(at, x)],
    [13, 4, (v, at, x) => v.setFloat32(at, x)],
    [14, 8, (v, at, x) => v.setFloat64(at, x)],
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...cases),
      fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 8, maxLength: 40 }),
      async ([type, size, set], values) => {
        const sign = type === 8 ? 1 : -1;
        const data = new Uint8Array(values.length * size);
        values.forEach((v, i) => {
          set(new DataView(data.buffer), i * size, v * sign);
        });
        const array = await openIdx(memorySource(idxBytes([values.length], data, type)));
        expect(Array.from(await readAll(array), (v) => v + 0)).toEqual(values.map((v) => v * sign + 0));
      },
    ),
  );
});

test('cut short, padded, of other counts, or labels alone', async () => {
  const cut = images.slice(0, images.length - 1);
  await expectError(openDataset([memorySource(cut, 'cut-idx3')]), 'data/unreadable', /ends at byte/);
  await expectError(
    openDataset([memorySource(new Uint8Array([...images, 0]), 'more')]),
    'data/unreadable',
    /1 bytes more/,
  );
  const four = idxBytes([4], [1, 2, 3, 4]);
  await expectError(
    openDataset([memorySource(images, 'i'), memorySource(four, 'l')]),
    'data/shape-mismatch',
    /4 samples.*3/,
  );
  await expectError(openDataset([memorySource(four, 'l')]), 'data/unreadable', /labels only/);
  const packed = gzipSync(images);
  await expectError(openDataset([memorySource(packed.slice(0, packed.length - 9), 'cut.gz')]), 'data/unreadable');
  packed[packed.length - 6] ^= 1;
  await expectError(openDataset([memorySource(new Uint8Array(packed), 'bad.gz')]), 'data/unreadable', /checksum/);
});

test('a file that begins with many zeros is no bomb', async () => {
  const random = new Random(1);
  const data = Uint8Array.from({ length: 20_000_000 }, (_, i) => (i < 19_000_000 ? 0 : random.int(256)));
  expect((await openDataset([gz(idxBytes([20_000, 1000], data), 'a-idx2-ubyte.gz')])).count).toBe(20_000);
});

test('a gzip bomb stops at the ratio', async () => {
  const bomb = gz(new Uint8Array(60_000_000), 'bomb-idx3-ubyte.gz');
  await expectError(openDataset([bomb]), 'data/limit', /200 times/);
});
