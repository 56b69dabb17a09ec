import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitImage } from './fit.ts';
import { npzArrays } from './npz.ts';
import { modelPixels } from './pixels.ts';
import { STORED } from './presets.ts';
import { type AnyPixels, resizeBilinear, resizeNearest } from './resize.ts';
import { readAll } from './stored.ts';
import { fixture } from './testing.ts';
import { listZip } from './zip.ts';

const zip = fixture('resize.npz');
const arrays = npzArrays(zip, await listZip(zip));
const load = async (name: string) => readAll(await arrays.find((a) => a.name === name)!.open());
const bytes: AnyPixels = { width: 37, height: 23, channels: 3, data: (await load('bytes')) as Uint8Array<ArrayBuffer> };
const floats: AnyPixels = {
  width: 13,
  height: 11,
  channels: 1,
  data: (await load('floats')) as Float32Array<ArrayBuffer>,
};

describe("Pillow's own results", () => {
  const cases = arrays.map((a) => a.name).filter((n) => /_\d+x\d+$/.test(n));
  test.each(cases)('%s', async (name) => {
    const [kind, filter, size] = name.split('_');
    const [width, height] = size.split('x').map(Number);
    const resize = filter === 'nearest' ? resizeNearest : resizeBilinear;
    const got = resize(kind === 'bytes' ? bytes : floats, width, height);
    const expected = await load(name);
    if (kind === 'bytes') expect(Array.from(got.data)).toEqual(Array.from(expected));
    // Pillow also sums in double and stores float32; its compiler may fuse or reorder, so the last bit is free.
    else for (let i = 0; i < expected.length; i++) expect(Math.abs(got.data[i] - expected[i])).toBeLessThan(1e-6);
  });
  test('gray, to the bit', async () => {
    const image = { layout: 'NCHW', channels: 1, height: 23, width: 37, source: null } as const;
    const gray = modelPixels(bytes, image, { ...STORED, color: 'gray' }, 'a');
    expect(Array.from(gray.data)).toEqual(Array.from(await load('gray')));
  });
});

test('an even picture stays even, at any size', () => {
  const side = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(fc.nat(255), side, side, side, side, (v, w, h, tw, th) => {
      const image = { width: w, height: h, channels: 2, data: new Uint8Array(w * h * 2).fill(v) };
      for (const resize of [resizeBilinear, resizeNearest]) {
        const out = resize(image, tw, th);
        expect(out.data.length).toBe(tw * th * 2);
        expect(out.data.every((x) => x === v)).toBe(true);
      }
    }),
  );
});

describe('fitting', () => {
  // Column number as value, so that what was kept can be read off.
  const strip = (width: number, height: number): AnyPixels => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) => (i % width) + 1),
  });
  const row = (image: AnyPixels, y: number) => Array.from(image.data.subarray(y * image.width, (y + 1) * image.width));

  test('crop keeps the middle, halves to even as torchvision', () => {
    const crop = { mode: 'crop', filter: 'nearest', shortSide: 4 } as const;
    // round((9 − 4)/2) is 2 in Python, not 3.
    expect(row(fitImage(strip(9, 4), 4, 4, crop, 'a'), 0)).toEqual([3, 4, 5, 6]);
    expect(row(fitImage(strip(11, 4), 4, 4, crop, 'a'), 0)).toEqual([5, 6, 7, 8]);
  });
  test('crop with a short side below the size surrounds with zeros', () => {
    const out = fitImage(strip(2, 2), 4, 4, { mode: 'crop', filter: 'nearest', shortSide: 2 }, 'a');
    expect([0, 1, 2, 3].map((y) => row(out, y))).toEqual([
      [0, 0, 0, 0],
      [0, 1, 2, 0],
      [0, 1, 2, 0],
      [0, 0, 0, 0],
    ]);
  });
  test('crop without a short side covers', () => {
    const out = fitImage(strip(8, 2), 4, 4, { mode: 'crop', filter: 'nearest' }, 'a');
    expect(row(out, 0)).toEqual([4, 4, 5, 5]);
  });
  test('pad keeps the whole picture between bands', () => {
    const out = fitImage(strip(4, 2), 4, 4, { mode: 'pad', filter: 'nearest', fill: 9 }, 'a');
    expect([0, 1, 2, 3].map((y) => row(out, y))).toEqual([
      [9, 9, 9, 9],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [9, 9, 9, 9],
    ]);
  });
  test('stretch and none', () => {
    expect(row(fitImage(strip(2, 1), 4, 1, { mode: 'stretch', filter: 'nearest' }, 'a'), 0)).toEqual([1, 1, 2, 2]);
    expect(() => fitImage(strip(2, 1), 4, 1, STORED.resize, 'a')).toThrow(/1×2.*1×4/);
  });
});
