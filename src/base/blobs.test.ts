import { expect, test } from 'vitest';
import { BlobReader } from './blobs.ts';
import { MiB } from './limits.ts';
import { Random } from './random.ts';

const random = new Random(1);
const bytes = Uint8Array.from({ length: 9 * MiB + 17 }, () => random.int(256));
const blob = new Blob([bytes]);

function expectRange(got: Uint8Array, offset: number, length: number): void {
  expect(Buffer.from(got).equals(Buffer.from(bytes.subarray(offset, offset + length)))).toBe(true);
}

test('one range after the other, with gaps, back again, several at once: always the bytes asked for', async () => {
  const reader = new BlobReader(blob);
  const ranges: [number, number][] = [
    [0, 100],
    [100, 2 * MiB],
    [2 * MiB + 100, MiB],
    [3 * MiB + 5000, MiB],
    [0, 2 * MiB],
    [2 * MiB, 2 * MiB],
    [8 * MiB, MiB + 17],
    [9 * MiB, 17],
    [5 * MiB, 0],
    [5 * MiB, 2 * MiB],
    [7 * MiB, 2 * MiB + 17],
  ];
  for (const [offset, length] of ranges) expectRange(await reader.read(offset, length), offset, length);
  const all = await Promise.all(ranges.map(([offset, length]) => reader.read(offset, length)));
  for (let i = 0; i < ranges.length; i++) expectRange(all[i], ...ranges[i]);
});

test('ranges at random, awaited or not', async () => {
  const reader = new BlobReader(blob);
  const waiting: Promise<void>[] = [];
  for (let i = 0, at = 0; i < 60; i++) {
    const jump = random.next() < 0.2;
    const offset = jump
      ? random.int(bytes.length)
      : Math.min(bytes.length, at + (random.next() < 0.3 ? random.int(MiB) : 0));
    const length = Math.min(bytes.length - offset, random.int(3 * MiB));
    at = offset + length;
    const one = reader.read(offset, length).then((got) => expectRange(got, offset, length));
    if (random.next() < 0.5) await one;
    else waiting.push(one);
  }
  await Promise.all(waiting);
});

test('a stream that breaks is an error of its read, and the next read begins anew', async () => {
  let fail = true;
  const broken = {
    size: blob.size,
    slice(from: number, to?: number) {
      const part = blob.slice(from, to);
      if (!fail || to !== undefined) return part;
      fail = false;
      const stream = new ReadableStream({ type: 'bytes', pull: (c) => c.error(new Error('moved')) });
      return { stream: () => stream } as unknown as Blob;
    },
  } as Blob;
  const reader = new BlobReader(broken);
  await expect(reader.read(0, MiB)).rejects.toThrow('moved');
  expectRange(await reader.read(MiB, MiB), MiB, MiB);
});
