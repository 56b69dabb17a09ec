import { expect, test } from 'vitest';
import { MiB } from '../base/limits.ts';
import { memorySource } from '../base/source.ts';
import { comesInParts, floatParts } from './parts.ts';
import { rangePayload } from './payload.ts';
import { DataType } from './proto.ts';
import { makeTensor } from './tensor.ts';

const count = (17 * MiB) / 4 + 3;
const values = Float32Array.from({ length: count }, (_, i) => i);
const source = memorySource(new Uint8Array(values.buffer));

test('the parts of a large tensor are its floats in order, each of a whole number of vectors but the last', async () => {
  const tensor = makeTensor('w', DataType.FLOAT, [count], rangePayload(source, 0, 4 * count));
  expect(comesInParts(tensor)).toBe(true);
  let at = 0;
  for await (const part of floatParts(tensor)) {
    expect(at % 16).toBe(0);
    expect(part[0]).toBe(values[at]);
    expect(part[part.length - 1]).toBe(values[at + part.length - 1]);
    at += part.length;
  }
  expect(at).toBe(count);
});

test('what is small, not float32, computed, or of other bytes than its shape needs is read whole', () => {
  const range = (bytes: number) => rangePayload(source, 0, bytes);
  expect(comesInParts(makeTensor('w', DataType.FLOAT, [1024], range(4096)))).toBe(false);
  expect(comesInParts(makeTensor('w', DataType.FLOAT16, [2 * count], range(4 * count)))).toBe(false);
  expect(comesInParts(makeTensor('w', DataType.FLOAT, [count - 1], range(4 * count)))).toBe(false);
  const computed = { ...range(4 * count), direct: false };
  expect(comesInParts(makeTensor('w', DataType.FLOAT, [count], computed))).toBe(false);
});

test('a read that fails is thrown in its turn', async () => {
  const payload = { ...rangePayload(source, 0, 4 * count) };
  payload.read = async (offset = 0) => {
    if (offset > 8 * MiB) throw new Error('gone');
    return new Uint8Array(source.size).subarray(offset, offset + 4 * MiB);
  };
  const tensor = makeTensor('w', DataType.FLOAT, [count], payload);
  let parts = 0;
  await expect(async () => {
    for await (const _ of floatParts(tensor)) parts++;
  }).rejects.toThrow('gone');
  expect(parts).toBe(3);
});
