import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { halfToFloat } from '../onnx/float.ts';
import { makeBatches, makeFeeds } from './batches.ts';
import { scratch, toDtype } from './convert.ts';
import { presetPreprocess, STORED } from './presets.ts';
import { previewSample } from './preview.ts';
import type { Dataset, DecodedImage, InputSpec, RawArray, TensorData, TensorType } from './types.ts';

function arrayData(dims: number[], data: RawArray): Dataset {
  const [count, ...sampleDims] = dims;
  const size = data.length / count;
  return {
    name: 'data',
    kind: 'npz',
    count,
    sampleDims,
    bytes: data instanceof Uint8Array,
    read: async (indices) => {
      const out = data.slice(0, indices.length * size);
      Array.from(indices).forEach((index, i) => {
        out.set(data.subarray(index * size, (index + 1) * size), i * size);
      });
      return { kind: 'array', dims: [indices.length, ...sampleDims], data: out };
    },
  };
}
function imageData(images: DecodedImage[]): Dataset {
  return {
    name: 'pictures',
    kind: 'images',
    count: images.length,
    sampleDims: null,
    bytes: true,
    read: async (indices) => ({ kind: 'images', images: Array.from(indices, (i) => images[i]) }),
  };
}
const list = (data: TensorData) => Array.from(data as Float32Array);
const input = (dims: (number | null)[], dtype: TensorType = 'float32'): InputSpec => ({ name: 'x', dtype, dims });

test('NCHW and NHWC, any source order: brute force', async () => {
  const side = fc.integer({ min: 4, max: 6 });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      fc.constantFrom(1, 3),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      async (h, w, c, chw, nchw, bgr) => {
        const n = 2 * h * w * c;
        const raw = new Float32Array(n).map((_, i) => i);
        const data = arrayData(chw ? [2, c, h, w] : [2, h, w, c], raw);
        const spec = input(nchw ? [null, c, h, w] : [null, h, w, c]);
        const mean = c === 3 ? [1, 2, 3] : [1];
        const std = c === 3 ? [2, 4, 8] : [2];
        const color = bgr && c === 3 ? 'bgr' : 'auto';
        const batch = await makeBatches(data, spec, { ...STORED, color, scale: 0.5, mean, std }).read([1, 0]);
        expect(batch.dims).toEqual([2, ...spec.dims.slice(1)]);
        for (let b = 0; b < 2; b++)
          for (let y = 0; y < h; y++)
            for (let x = 0; x < w; x++)
              for (let k = 0; k < c; k++) {
                const s = 1 - b;
                const from = color === 'bgr' ? 2 - k : k;
                const value = raw[chw ? ((s * c + from) * h + y) * w + x : ((s * h + y) * w + x) * c + from];
                const at = nchw ? ((b * c + k) * h + y) * w + x : ((b * h + y) * w + x) * c + k;
                expect(batch.data[at]).toBe(Math.fround((value * 0.5 - mean[k]) / std[k]));
              }
      },
    ),
    { numRuns: 40 },
  );
});

test('pixel/255 gives the very float32 that NumPy gives for all 256 bytes', async () => {
  const data = arrayData(
    [1, 16, 16],
    Uint8Array.from({ length: 256 }, (_, i) => i),
  );
  const { data: values } = await makeBatches(data, input([null, 1, 16, 16]), presetPreprocess('unit', 'pixels')).read([
    0,
  ]);
  // float32(i) / float32(255), rounded once: what `x.astype(np.float32) / 255` does.
  expect(list(values)).toEqual(Array.from({ length: 256 }, (_, i) => Math.fround(i / 255)));
});

test('a fixed batch is filled by repeating the last sample, and says how many are real', async () => {
  const data = arrayData([3, 2], Float32Array.from([1, 2, 3, 4, 5, 6]));
  const reader = makeBatches(data, input([4, 2]), STORED);
  expect(reader.geometry.batch).toBe(4);
  expect(await reader.read([2, 0])).toMatchObject({
    rows: 2,
    dims: [4, 2],
    data: Float32Array.from([5, 6, 1, 2, 1, 2, 1, 2]),
  });
  await expect(reader.read([0, 1, 2, 0, 1])).rejects.toThrow(RangeError);
  await expect(reader.read([])).rejects.toThrow(RangeError);
});

test('a table is standardised column by column', async () => {
  const data = arrayData([2, 3], Float32Array.from([1, 20, 300, 2, 40, 600]));
  const batch = await makeBatches(data, input([null, 3]), { ...STORED, mean: [1, 20, 300], std: [1, 20, 300] }).read([
    0, 1,
  ]);
  expect(list(batch.data)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(() => makeBatches(data, input([null, 3]), { ...STORED, mean: [1, 2] })).toThrow(/2 numbers.*3 channels/);
});

describe('dtypes', () => {
  const values = Float64Array.from([-1e9, -129, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 127.5, 254.5, 255.5, 1e9, Number.NaN]);
  test.each<[TensorType, number[]]>([
    ['uint8', [0, 0, 0, 0, 0, 0, 2, 2, 128, 254, 255, 255, 0]],
    ['int8', [-128, -128, -2, 0, 0, 0, 2, 2, 127, 127, 127, 127, 0]],
    ['int32', [-1e9, -129, -2, 0, 0, 0, 2, 2, 128, 254, 256, 1e9, 0]],
    ['bool', [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]],
  ])('%s rounds halves to even and stays in range', (dtype, expected) => {
    expect(Array.from(toDtype(values, dtype) as Int32Array, (v) => v + 0)).toEqual(expected);
  });
  test('int64 keeps what a double holds', () => {
    const wide = scratch('int64', 2);
    wide.set([2 ** 40 + 1, -7]);
    expect(toDtype(wide, 'int64')).toEqual(BigInt64Array.from([2n ** 40n + 1n, -7n]));
  });
  test('float16 as bits', async () => {
    const data = arrayData([1, 3], Float32Array.from([0.1, -2, 70000]));
    const batch = await makeBatches(data, input([1, 3], 'float16'), STORED).read([0]);
    expect(batch.data).toBeInstanceOf(Uint16Array);
    expect(Array.from(batch.data as Uint16Array, halfToFloat)).toEqual([0.0999755859375, -2, Number.POSITIVE_INFINITY]);
  });
});

test('images of different sizes: resized, gray, colour, and alpha dropped', async () => {
  const solid = (width: number, height: number, rgba: number[]): DecodedImage => ({
    width,
    height,
    data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => rgba[i % 4]),
  });
  const data = imageData([solid(3, 5, [10, 20, 30, 0]), solid(8, 2, [255, 0, 0, 255])]);
  const stretch = { ...STORED, resize: { mode: 'stretch', filter: 'bilinear' } as const };
  const rgb = await makeBatches(data, input([null, 3, 2, 2]), { ...stretch, color: 'bgr' }).read([0, 1]);
  expect(list(rgb.data)).toEqual([30, 20, 10, 0, 0, 255].flatMap((v) => [v, v, v, v]));
  const gray = await makeBatches(data, input([null, 4]), stretch).read([1]);
  expect(list(gray.data)).toEqual([76, 76, 76, 76]);
  await expect(makeBatches(data, input([null, 3, 2, 2]), STORED).read([0])).rejects.toMatchObject({
    code: 'data/shape-mismatch',
  });
});

test('a feed for each input of a model', async () => {
  const ids = arrayData([2, 2], Int32Array.from([1, 2, 3, 4]));
  const image = arrayData([2, 1, 1, 1], Uint8Array.from([51, 255]));
  const data: Dataset = { ...image, inputs: { ids, image } };
  const specs: InputSpec[] = [
    { name: 'ids', dtype: 'int64', dims: [null, 2] },
    { name: 'image', dtype: 'float32', dims: [null, 1, 1, 1] },
  ];
  const { feeds, rows } = await makeFeeds(data, specs, presetPreprocess('unit', 'pixels')).read([1]);
  expect(rows).toBe(1);
  expect(feeds.ids.data).toEqual(BigInt64Array.from([3n, 4n]));
  expect(list(feeds.image.data)).toEqual([1]);
  expect(() => makeFeeds(image, specs, STORED)).toThrow(/nothing for ids/);
  const other: InputSpec[] = [
    { ...specs[0], dims: [2, 2] },
    { ...specs[1], dims: [1, 1, 1, 1] },
  ];
  expect(() => makeFeeds(data, other, STORED)).toThrow(/different batch sizes: 2, 1/);
});

describe('preview', () => {
  test('smallest black, largest white, colours natural also for a BGR model', async () => {
    const data = arrayData([1, 1, 2, 3], Uint8Array.from([0, 100, 200, 50, 150, 250]));
    for (const color of ['rgb', 'bgr'] as const) {
      const p = await previewSample(data, input([8, 3, 1, 2]), { ...STORED, color, scale: 2, mean: [7] }, 0);
      expect(p).toMatchObject({ width: 2, height: 1, min: -7, max: 493 });
      expect(Array.from(p.rgba)).toEqual([0, 102, 204, 255, 51, 153, 255, 255]);
    }
  });
  test('vectors become a square or a strip; an even sample is gray', async () => {
    const p = await previewSample(
      arrayData([1, 4], Float32Array.from([0, 1, 2, 4])),
      input([null, 4], 'float16'),
      STORED,
      0,
    );
    expect([p.width, p.height, p.rgba[4], p.mean]).toEqual([2, 2, 64, 1.75]);
    const strip = await previewSample(
      arrayData([1, 3], Int32Array.from([5, 5, 5])),
      input([null, 3], 'int64'),
      STORED,
      0,
    );
    expect([strip.width, strip.height, strip.rgba[0]]).toEqual([3, 1, 128]);
  });
});
