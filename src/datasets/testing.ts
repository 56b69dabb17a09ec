import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type ErrorCode, PareError } from '../base/errors.ts';
import { type ByteSource, memorySource } from '../base/source.ts';

/** Tools of this room's tests. */

export function fixture(name: string): ByteSource {
  return memorySource(new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url))), name);
}

export function fixtureJson<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'));
}

export function textSource(text: string, name = 'table.csv'): ByteSource {
  return memorySource(new TextEncoder().encode(text), name);
}

/** That the promise fails with this code, and that the message or hint says `words`. */
export async function expectError(promise: Promise<unknown>, code: ErrorCode, words?: RegExp): Promise<void> {
  const error = await promise.then(
    (value) => expect.fail(`resolved to ${JSON.stringify(value)?.slice(0, 200)}`),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(PareError);
  const { code: got, message, hint } = error as PareError;
  expect(got, message).toBe(code);
  if (words) expect(`${message} — ${hint}`).toMatch(words);
}

/** A source that counts how many bytes were read, to prove that reading is lazy. */
export function counting(source: ByteSource): ByteSource & { bytesRead: number } {
  const counted = {
    ...source,
    bytesRead: 0,
    async read(offset: number, length: number) {
      counted.bytesRead += length;
      return source.read(offset, length);
    },
  };
  return counted;
}

/** An IDX file of unsigned bytes. */
export function idxBytes(dims: readonly number[], data: ArrayLike<number>, type = 8): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4 + dims.length * 4 + data.length);
  const view = new DataView(out.buffer);
  out.set([0, 0, type, dims.length]);
  dims.forEach((d, i) => {
    view.setUint32(4 + i * 4, d);
  });
  out.set(data, 4 + dims.length * 4);
  return out;
}

/** A little-endian float32 or int32 array as .npy. */
export function npyBytes(values: Float32Array | Int32Array, dims: readonly number[]): Uint8Array<ArrayBuffer> {
  const descr = values instanceof Float32Array ? '<f4' : '<i4';
  const header = new TextEncoder().encode(
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims.join(',')},), }\n`,
  );
  const out = new Uint8Array(10 + header.length + values.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  out.set(header, 10);
  out.set(new Uint8Array(values.buffer), 10 + header.length);
  return out;
}
