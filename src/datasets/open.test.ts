import fc from 'fast-check';
import { gzipSync, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { type ByteSource, memorySource } from '../base/source.ts';
import { makeBatches } from './batches.ts';
import { checkAgainstModel, classCount } from './check.ts';
import { decodeImage } from './decode.node.ts';
import { openDataset } from './open.ts';
import { STORED, suggestPreprocess } from './presets.ts';
import { split, subset } from './split.ts';
import { syntheticDataset } from './synthetic.ts';
import { counting, expectError, fixture, idxBytes, npyBytes, textSource } from './testing.ts';
import type { InputSpec } from './types.ts';
import { listZip, openEntry } from './zip.ts';

const pictures = fixture('pictures.zip');
const entries = await listZip(pictures);
const picture = async (name: string) => {
  const file = await openEntry(pictures, entries.find((e) => e.path === name)!);
  return file.read(0, file.size);
};
const rgb = await picture('rgb.png');
const gray = await picture('gray.png');
const jpeg = await picture('full.jpg');
const zip = (files: Record<string, Uint8Array>, name = 'pictures.zip') =>
  memorySource(new Uint8Array(zipSync(files)), name);
const folder = (files: Record<string, Uint8Array<ArrayBuffer>>) =>
  Object.entries(files).map(([path, b]) => memorySource(b, path));
const image: InputSpec = { name: 'image', dtype: 'float32', dims: [null, 3, 13, 17] };

test('one folder for each class, zipped or dropped, by path and not by order', async () => {
  const files = {
    'set/dog/b.jpg': jpeg,
    'set/cat/1.png': gray,
    'set/cat/0.png': rgb,
    '__MACOSX/set/cat/._0.png': rgb,
    'set/.DS_Store': rgb,
  };
  for (const sources of [[zip(files)], folder(files)]) {
    const data = await openDataset(sources, { decodeImage });
    expect(data).toMatchObject({ kind: 'images', count: 3, sampleDims: null, classes: ['cat', 'dog'] });
    expect(Array.from(data.labels!)).toEqual([0, 0, 1]);
    const { data: values, dims } = await makeBatches(data, image, STORED).read([1, 0]);
    expect(dims).toEqual([2, 3, 13, 17]);
    // The gray ramp's and the picture's own top left corners: Pillow's, as png.test.ts proves.
    expect([values[0], values[1], values[3 * 13 * 17]]).toEqual([0, 7, 0]);
  }
});

test('folders that are numbers are those classes; splits are told apart', async () => {
  const files = {
    'test/10/a.png': rgb,
    'test/2/a.png': gray,
    'train/2/a.png': rgb,
    'train/3/b.png': rgb,
    'train/2/c.png': rgb,
  };
  const test = await openDataset([zip(files)], { decodeImage });
  expect(Array.from(test.labels!)).toEqual([10, 2]);
  expect(Array.from((await openDataset([zip(files)], { decodeImage, split: 'train' })).labels!)).toEqual([2, 2, 3]);
});

test('labels from a table beside the images', async () => {
  const csv = (text: string) => new TextEncoder().encode(text);
  const files = {
    'a.png': rgb,
    'b.png': gray,
    'labels.csv': csv('filename,label\nb.png,dog\na.png,cat\nother.png,cat\n'),
  };
  for (const sources of [[zip(files)], folder(files)]) {
    const data = await openDataset(sources, { decodeImage });
    expect(data.classes).toEqual(['cat', 'dog']);
    expect(Array.from(data.labels!)).toEqual([0, 1]);
  }
  const numbered = await openDataset([zip({ ...files, 'labels.csv': csv('a.png,7\nb.png,3') })], { decodeImage });
  expect(Array.from(numbered.labels!)).toEqual([7, 3]);
  await expectError(
    openDataset([zip({ ...files, 'labels.csv': csv('a.png,7') })], { decodeImage }),
    'data/unreadable',
    /b\.png/,
  );
});

test('images are opened only when read, and a bad one is named then', async () => {
  const big = zip({ 'a/x.png': rgb, 'b/y.png': new Uint8Array(3_000_000), 'b/z.png': jpeg.subarray(0, 200) });
  const source = counting({ ...big, name: 'p.zip' });
  const data = await openDataset([source], { decodeImage });
  expect(data.count).toBe(3);
  await data.read([0]);
  await expectError(data.read([1]), 'data/unreadable', /b\/y\.png.*not a PNG/);
  await expectError(data.read([2]), 'data/unreadable', /b\/z\.png/);
  const cut = await openDataset([zip({ 'a/x.png': rgb.subarray(0, 60), 'b/y.png': rgb })], { decodeImage });
  await expectError(cut.read([0]), 'data/unreadable', /a\/x\.png.*cut short/);
  await expectError(openDataset([big]), 'data/unreadable', /decoded here/);
});

test('what is recognised by its bytes needs no name', async () => {
  expect((await openDataset([{ ...fixture('stored.npz'), name: 'download' }])).kind).toBe('npz');
  expect((await openDataset([{ ...fixture('stored.npz'), name: 'photo.csv' }])).kind).toBe('npz');
  expect((await openDataset([memorySource(idxBytes([1, 2], [1, 2]), 'x')])).kind).toBe('idx');
  expect((await openDataset([textSource('1,2\n3,4', 'x')])).kind).toBe('csv');
  expect((await openDataset([textSource('BMI,age,label\n20.5,30,1', 'x')])).kind).toBe('csv');
  expect((await openDataset([memorySource(rgb, 'x')], { decodeImage })).kind).toBe('images');
  const packed = zip({ 'i-idx3-ubyte': idxBytes([1, 2, 2], [1, 2, 3, 4]), 'l-idx1-ubyte': idxBytes([1], [9]) });
  expect(Array.from((await openDataset([packed])).labels!)).toEqual([9]);
  expect((await openDataset([zip({ 'd/table.csv': new TextEncoder().encode('1,2\n3,4') })])).kind).toBe('csv');
});

test('files that do not belong together', async () => {
  const together = (...files: ByteSource[]) => expectError(openDataset(files), 'data/unreadable', /belong together/);
  await together(memorySource(rgb, 'a.png'), fixture('stored.npz'));
  await together(textSource('1,2\n3,4', 'a.csv'), textSource('1,2\n3,4', 'b.csv'));
  await together(fixture('stored.npz'), fixture('deflated.npz'));
});

test('what is nothing we know says so', async () => {
  const bytes = (n: number, name: string) => memorySource(new Uint8Array(n).fill(1), name);
  await expectError(openDataset([]), 'data/unreadable', /nothing/);
  await expectError(openDataset([memorySource(new Uint8Array(0), 'a.csv')]), 'data/unreadable', /empty/);
  await expectError(openDataset([bytes(50, 'a.npz')]), 'data/unreadable', /a\.npz.*zip/);
  await expectError(openDataset([bytes(50, 'a.npy')]), 'data/unreadable', /NumPy/);
  await expectError(openDataset([bytes(50, 'train-images-idx3-ubyte')]), 'data/unreadable', /IDX/);
  await expectError(openDataset([memorySource(new Uint8Array(50), 'a.bin')]), 'data/unreadable', /zero/);
  await expectError(
    openDataset([textSource('1,2\n3,4', 'a.csv'), fixture('stored.npz')]),
    'data/unreadable',
    /belong together/,
  );
  await expectError(openDataset([zip({ 'readme.md': new Uint8Array(4) })]), 'data/unreadable', /neither/);
  const nested = zipSync({ 'inner.csv': zipSync({ 'a.csv': new Uint8Array(4) }) });
  await expectError(
    openDataset([memorySource(new Uint8Array(nested), 'n.zip')]),
    'data/unreadable',
    /zip inside a zip/,
  );
});

test('any damage to any file gives data or a data error', async () => {
  const bytesOf = async (source: ByteSource) => source.read(0, source.size);
  const files = {
    'stored.npz': await bytesOf(fixture('stored.npz')),
    'deflated.npz': await bytesOf(fixture('deflated.npz')),
    'a-idx3-ubyte': idxBytes([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
    'a-idx3-ubyte.gz': new Uint8Array(gzipSync(idxBytes([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]))),
    'a.csv': new TextEncoder().encode('a,"b",label\n1,2,x\n3,4,"y"\n'),
    'pictures.zip': new Uint8Array(zipSync({ 'a/x.png': rgb, 'b/y.png': gray })),
  };
  const name = fc.constantFrom(...(Object.keys(files) as (keyof typeof files)[]));
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(name, edits, fc.nat(), fc.boolean(), async (file, changes, length, cut) => {
      const bytes = cut ? files[file].slice(0, length % files[file].length) : files[file].slice();
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      try {
        const data = await openDataset([memorySource(bytes, file)], { decodeImage });
        await data.read([0, data.count - 1]);
        await suggestPreprocess(data, image);
      } catch (error) {
        expect(error).toMatchObject({ name: 'PareError', code: expect.stringMatching(/^data\//) });
      }
    }),
    { numRuns: 600 },
  );
});

test('a model refuses data of another shape or label range, naming both', async () => {
  const data = await openDataset([fixture('stored.npz')]);
  const fits: InputSpec = { name: 'x', dtype: 'float32', dims: [null, 1, 5, 4] };
  checkAgainstModel(data, fits, [null, 3]);
  checkAgainstModel(data, [fits], [null, null]);
  const check = async (...args: Parameters<typeof checkAgainstModel>) => checkAgainstModel(...args);
  await expectError(
    check(data, { ...fits, dims: [null, 1, 28, 28] }, [null, 3]),
    'data/shape-mismatch',
    /5×4.*\?×1×28×28/,
  );
  await expectError(check(data, fits, [null, 2]), 'data/label-range', /sample 2 has label 2.*2 classes/);
  const ones = { ...data, labels: data.labels!.map((v) => v + 1) };
  await expectError(check(ones, fits, [null, 3]), 'data/label-range', /label 3.*count from 1/);
  const negative = { ...data, labels: data.labels!.map((v) => v - 1) };
  await expectError(check(negative, fits, [null, null]), 'data/label-range', /sample 0 has label -1/);
  const named = { ...data, classes: ['a', 'b', 'c'] };
  await expectError(check(named, fits, [null, 2]), 'data/label-range', /2 \(c\)/);
  await expectError(check(data, [fits, { ...fits, name: 'y' }], [null, 3]), 'data/shape-mismatch', /nothing for x/);
  const pictures = await openDataset([zip({ 'a/x.png': rgb, 'b/y.png': rgb })], { decodeImage });
  checkAgainstModel(pictures, { ...fits, dims: [null, 3, 99, 99] }, [null, 1000]);
  expect([classCount([null, 10]), classCount([1, 10, 1, 1]), classCount([1, 10, 4, 4]), classCount([1])]).toEqual([
    10,
    10,
    null,
    null,
  ]);
  // One output is a yes or no.
  await expectError(check(data, fits, [null, 1]), 'data/label-range', /sample 2.*2 classes/);
});

test('random input is the same whatever is read when, and fits the model', async () => {
  const specs: InputSpec[] = [
    { name: 'pixels', dtype: 'float32', dims: [null, 3, null, null] },
    { name: 'ids', dtype: 'int64', dims: [1, 8] },
    { name: 'attention_mask', dtype: 'int64', dims: [1, 8] },
  ];
  const data = syntheticDataset(specs, 5, 42);
  checkAgainstModel(data, specs, [null, 10]);
  const read = async (name: string, indices: number[]) => {
    const batch = await data.inputs![name].read(indices);
    return batch.kind === 'array' ? Array.from(batch.data) : [];
  };
  expect((await read('ids', [0, 3])).slice(8)).toEqual(await read('ids', [3]));
  expect(await read('ids', [3])).not.toEqual(await read('ids', [4]));
  expect(Math.max(...(await read('ids', [0, 1, 2, 3, 4])))).toBeLessThan(10);
  expect(await read('attention_mask', [2])).toEqual(new Array(8).fill(1));
  const pixels = await read('pixels', [0]);
  expect(pixels.length).toBe(3 * 224 * 224);
  // 150,528 standard normals: the mean's own deviation is 0.0026, the variance's 0.0036; five of each.
  const mean = pixels.reduce((a, v) => a + v, 0) / pixels.length;
  const variance = pixels.reduce((a, v) => a + (v - mean) ** 2, 0) / pixels.length;
  expect(Math.abs(mean)).toBeLessThan(0.013);
  expect(Math.abs(variance - 1)).toBeLessThan(0.019);
});

test('parts are disjoint, stratified and repeatable; a subset reads through', async () => {
  const labels = Int32Array.from({ length: 1000 }, (_, i) => (i < 700 ? 0 : i < 990 ? 1 : 2));
  const parts = split({ count: 1000, labels }, [0.5, 0.3], 7);
  expect(parts.map((p) => p.length)).toEqual([500, 300]);
  expect(new Set(parts.flatMap((p) => [...p])).size).toBe(800);
  for (const [k, fraction] of [0.5, 0.3].entries()) {
    for (const [label, n] of [700, 290, 10].entries()) {
      const got = parts[k].filter((i) => labels[i] === label).length;
      expect(Math.abs(got - n * fraction)).toBeLessThanOrEqual(1);
    }
  }
  expect(split({ count: 1000, labels }, [0.5, 0.3], 7)).toEqual(parts);
  expect(split({ count: 1000, labels }, [0.5], 8)[0]).not.toEqual(parts[0]);
  expect(split({ count: 3 }, [1, 0], 1).map((p) => [...p])).toEqual([[0, 1, 2], []]);
  expect(() => split({ count: 3 }, [0.7, 0.7], 1)).toThrow(/fractions/);

  const x = npyBytes(Float32Array.from([0, 10, 20, 30]), [4, 1]);
  const y = npyBytes(Float32Array.from([0.5, 1.5, 2.5, 3.5]), [4]);
  const part = subset(await openDataset([memorySource(x, 'x.npy'), memorySource(y, 'y.npy')]), [3, 1]);
  expect(part.count).toBe(2);
  expect(Array.from(part.targets!)).toEqual([3.5, 1.5]);
  expect(await part.read([1, 0])).toMatchObject({ data: Float32Array.from([10, 30]) });
  await expect(part.read([2])).rejects.toThrow(RangeError);
});
