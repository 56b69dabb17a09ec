import { expect, test } from 'vitest';
import type { Grouping } from '../../kernels/grouping.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import { uglyFloats } from '../../kernels/ugly.ts';
import { rangesBySketch } from '../layers.ts';
import type { QuantSpec } from './quantize.ts';
import { quantizeMeasuring, quantizeParts, takesParts } from './quantize.ts';

const dims = [160, 200];
const spec: QuantSpec = { type: 'QInt8', symmetric: true, reduceRange: false, scaleType: 'float32' };
const TENSOR: Grouping = { dims, granularity: 'tensor', axis: 0, block: 0 };
const CHANNELS: Grouping = { dims, granularity: 'channel', axis: 0, block: 0 };

/** All sorts of finite numbers, whose range has a scale in float32. */
const numbers = () => uglyFloats(dims[0] * dims[1], 4, { nonFinite: false }).map((v) => v / 4);

async function* partsOf(x: Float32Array<ArrayBuffer>) {
  // A part is only looked at in its turn: its memory is used for the next.
  const memory = new Float32Array(4096);
  for (let at = 0; at < x.length; at += memory.length) {
    const part = x.subarray(at, at + memory.length);
    memory.set(part);
    yield memory.subarray(0, part.length);
    memory.fill(Number.NaN);
  }
}

test('in parts, by a range that is known or not, it is what it is whole', async () => {
  const x = numbers();
  const sketch = sketchOf(x, dims, 0);
  for (const type of ['QInt8', 'QUInt8'] as const) {
    for (const grouping of [TENSOR, CHANNELS]) {
      for (const detail of [0, 'bare', 'finite'] as const) {
        const whole = quantizeMeasuring(x, grouping, { ...spec, type }, { detail });
        const ranges = rangesBySketch(sketch, grouping)!;
        expect(quantizeMeasuring(x, grouping, { ...spec, type }, { detail, ranges })).toEqual(whole);
        const known = { detail, ranges };
        expect(await quantizeParts(() => partsOf(x), grouping, { ...spec, type }, known)).toEqual(whole);
        if (grouping === TENSOR) {
          expect(await quantizeParts(() => partsOf(x), grouping, { ...spec, type }, { detail })).toEqual(whole);
        }
      }
    }
  }
});

test('parts are taken where the range of each group is known, and runs of one are long enough', () => {
  const ranges = { min: new Float32Array(200), max: new Float32Array(200) };
  expect(takesParts(TENSOR, spec)).toBe(true);
  expect(takesParts(CHANNELS, spec)).toBe(false);
  expect(takesParts(CHANNELS, spec, ranges)).toBe(true);
  expect(takesParts({ ...CHANNELS, dims: [200, 20, 8], axis: 1 }, spec, ranges)).toBe(false);
});

test('a number that is none is refused in whichever part it is', async () => {
  const x = numbers();
  for (const at of [0, 5000, x.length - 1]) {
    const bad = x.slice();
    bad[at] = Number.NEGATIVE_INFINITY;
    await expect(quantizeParts(() => partsOf(bad), TENSOR, spec, {})).rejects.toThrow('NaN or infinity');
  }
});
