import { describe, expect, test } from 'vitest';
import { PRESETS, presetPreprocess, presetsFor, storedRange, suggestPreprocess } from './presets.ts';
import type { InputSpec, RawArray, Samples, TensorType } from './types.ts';

const array = (sampleDims: number[], values: RawArray): Samples => ({
  name: 'data',
  count: 3,
  sampleDims,
  bytes: values instanceof Uint8Array,
  read: async (indices) => ({ kind: 'array', dims: [indices.length, ...sampleDims], data: values }),
});
const images: Samples = { ...array([], new Uint8Array(0)), sampleDims: null };
const input = (dims: (number | null)[], dtype: TensorType = 'float32'): InputSpec => ({ name: 'x', dtype, dims });

/** What a pixel of 51 becomes, channel by channel. */
const apply = (id: (typeof PRESETS)[number]['id'], raw: number, range: 'pixels' | 'unit' | 'other') => {
  const p = presetPreprocess(id, range);
  return p.mean.map((m, c) => (raw * p.scale - m) / p.std[c % p.std.length]);
};

test('what a pixel becomes', () => {
  expect(apply('unit', 51, 'pixels')[0]).toBeCloseTo(0.2, 12);
  expect(apply('signed', 51, 'pixels')[0]).toBeCloseTo(51 / 127.5 - 1, 12);
  expect(apply('imagenet', 51, 'pixels')[2]).toBeCloseTo((0.2 - 0.406) / 0.225, 12);
  expect(apply('caffe', 51, 'pixels')[0]).toBeCloseTo(51 - 103.939, 12);
  expect(apply('pixels', 51, 'pixels')).toEqual([51]);
  // Stored already divided by 255: the model sees the same.
  for (const { id } of PRESETS.filter((p) => p.id !== 'stored')) {
    apply(id, 51, 'pixels').forEach((v, c) => {
      expect(apply(id, 0.2, 'unit')[c]).toBeCloseTo(v, 10);
    });
  }
  expect(apply('stored', 0.2, 'unit')).toEqual([0.2]);
  expect(presetPreprocess('unit', 'unit').scale).toBe(1);
});

test('presets by channel count', () => {
  expect(presetsFor(1).map((p) => p.id)).toEqual(['unit', 'signed', 'mnist', 'pixels', 'stored']);
  expect(presetsFor(3).map((p) => p.id)).not.toContain('mnist');
});

test('how numbers are stored', async () => {
  expect(await storedRange(array([2], Uint8Array.from([0, 1])))).toBe('pixels');
  expect(await storedRange(array([2], Float32Array.from([0, 0.5, 1])))).toBe('unit');
  expect(await storedRange(array([2], Float32Array.from([0, 200])))).toBe('pixels');
  expect(await storedRange(array([2], Float32Array.from([-1, 1])))).toBe('other');
  expect(await storedRange(array([2], Float32Array.from([0, 16])))).toBe('other');
  expect(await storedRange(images)).toBe('pixels');
});

describe('suggestions', () => {
  const bytes = new Uint8Array(4);
  test.each<[string, Samples, InputSpec, string, string]>([
    ['digits', array([28, 28], bytes), input([null, 1, 28, 28]), 'unit', 'none'],
    ['digits, flattened', array([28, 28], bytes), input([null, 784]), 'unit', 'none'],
    ['CIFAR', array([32, 32, 3], bytes), input([null, 3, 32, 32]), 'unit', 'none'],
    ['Keras', array([96, 96, 3], bytes), input([null, 96, 96, 3]), 'signed', 'none'],
    ['photographs', images, input([null, 3, 224, 224]), 'imagenet', 'crop'],
    ['small pictures', images, input([null, 1, 28, 28]), 'unit', 'stretch'],
    ['a table', array([4], Float32Array.from([5.1, 3.5])), input([null, 4]), 'stored', 'none'],
    ['a table of pixels', array([784], Float32Array.from([0, 255])), input([null, 1, 28, 28]), 'unit', 'none'],
    [
      'normalised before',
      array([1, 28, 28], Float32Array.from([-0.4, 2.8])),
      input([null, 1, 28, 28]),
      'stored',
      'none',
    ],
    ['divided before', array([1, 28, 28], Float32Array.from([0, 0.5])), input([null, 1, 28, 28]), 'unit', 'none'],
    ['a byte model', array([28, 28], bytes), input([null, 28, 28, 1], 'uint8'), 'pixels', 'none'],
    ['token ids', array([16], Int32Array.from([101, 2003])), input([null, null], 'int64'), 'stored', 'none'],
    ['what does not fit', array([5, 5], bytes), input([null, 1, 28, 28]), 'unit', 'none'],
  ])('%s', async (_, samples, spec, preset, resize) => {
    const s = await suggestPreprocess(samples, spec);
    expect([s.preset, s.preprocess.resize.mode]).toEqual([preset, resize]);
  });
  test('the short side of ImageNet is 256 for 224', async () => {
    expect((await suggestPreprocess(images, input([null, 3, 224, 224]))).preprocess.resize.shortSide).toBe(256);
  });
});
