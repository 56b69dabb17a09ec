import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { openNpy } from './npy.ts';
import { npzArrays } from './npz.ts';
import { arraySamples, readAll } from './stored.ts';
import { counting, expectError, fixture } from './testing.ts';
import { listZip } from './zip.ts';

const zip = fixture('dtypes.zip');
const arrays = npzArrays(zip, await listZip(zip));
const open = (name: string) => arrays.find((a) => a.name === name)!.open();

/** A .npy of version 1.0 with this header. */
function npy(header: string, data: Uint8Array = new Uint8Array(0)): ReturnType<typeof memorySource> {
  const text = new TextEncoder().encode(header);
  const head = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 255, text.length >> 8]);
  return memorySource(new Uint8Array([...head, ...text, ...data]), 'a.npy');
}

describe('NumPy wrote it, we read the same numbers', () => {
  const named = arrays.map((a) => a.name).filter((n) => /^(little|big)_/.test(n));
  test('there are all of them', () => expect(named.length).toBe(48));
  test.each(named)('%s', async (name) => {
    const array = await open(name);
    const code = name.split('_')[1];
    const offset = /[if]/.test(code[0]) ? 30 : 0;
    const expected = Array.from({ length: 24 }, (_, i) => (code === 'b1' ? (i * 3 + 1) % 2 : i * 3 - offset));
    expect(array.dims).toEqual([2, 3, 4]);
    expect(Array.from(await readAll(array))).toEqual(expected);
  });
  test.each([1, 2, 3])('header version %i', async (version) => {
    expect(Array.from(await readAll(await open(`version${version}`)))).toEqual(
      Array.from({ length: 24 }, (_, i) => i * 3),
    );
  });
  test('a scalar and an empty array', async () => {
    expect((await open('scalar')).dims).toEqual([]);
    expect(Array.from(await readAll(await open('scalar')))).toEqual([7]);
    expect((await readAll(await open('empty'))).length).toBe(0);
  });
  test('a 64-bit integer that no double holds is refused', async () => {
    await expectError(readAll(await open('long')), 'data/unreadable', /2⁵³/);
  });
});

test('rows come back in the order asked for, and only they are read', async () => {
  const rowFloats = 4096;
  const rows = 5000;
  const data = new Float32Array(rows * rowFloats).map((_, i) => Math.floor(i / rowFloats));
  const source = counting(
    await (async () => {
      const head = npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${rowFloats}), }`);
      const bytes = new Uint8Array(head.size + data.byteLength);
      bytes.set(await head.read(0, head.size));
      bytes.set(new Uint8Array(data.buffer), head.size);
      return memorySource(bytes, 'big.npy');
    })(),
  );
  const samples = arraySamples(await openNpy(source));
  const batch = await samples.read([4999, 7, 8, 9, 7]);
  if (batch.kind !== 'array') throw new Error('array expected');
  expect(batch.dims).toEqual([5, rowFloats]);
  expect([0, 1, 2, 3, 4].map((i) => batch.data[i * rowFloats])).toEqual([4999, 7, 8, 9, 7]);
  expect(source.bytesRead).toBeLessThan(6 * rowFloats * 4 + 1000);
  await expect(samples.read([rows])).rejects.toThrow(RangeError);
});

test('what is no array of numbers is refused with the reason', async () => {
  const bad = (header: string, words: RegExp, code: 'data/unreadable' | 'data/limit' = 'data/unreadable') =>
    expectError(openNpy(npy(header)), code, words);
  await bad("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", /pickled/);
  await bad("{'descr': '<U4', 'fortran_order': False, 'shape': (2,), }", /<U4/);
  await bad("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", /<c8/);
  await bad("{'descr': '<f1', 'fortran_order': False, 'shape': (2,), }", /<f1/);
  await bad("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", /structured/);
  await bad("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", /shape/);
  await bad("{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2), }", /shape/);
  await bad("{'descr': '<f4', 'shape': (2,), }", /header is damaged/);
  await bad("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", /ends at byte/);
  await bad(
    "{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999999, 999999999999999), }",
    /beyond/,
    'data/limit',
  );
  await bad(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1,'.repeat(17)}), }`, /17 dim/, 'data/limit');
  await expectError(openNpy(memorySource(new Uint8Array(20))), 'data/unreadable', /not a NumPy/);
});

test('any damaged header gives an array or a data error', async () => {
  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const sound = await (async (s) => s.read(0, s.size))(npy(good, new Uint8Array(24)));
  await fc.assert(
    fc.asyncProperty(fc.nat(sound.length - 1), fc.nat(255), async (at, value) => {
      const bytes = sound.slice();
      bytes[at] = value;
      await openNpy(memorySource(bytes)).catch((e: { code?: string }) => expect(e.code).toMatch(/^data\//));
    }),
    { numRuns: 500 },
  );
});
