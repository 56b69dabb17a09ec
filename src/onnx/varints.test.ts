import { BinaryWriter } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackVarints } from './varints.ts';

function pack(values: readonly bigint[], write: (w: BinaryWriter, v: bigint) => void): Uint8Array {
  const w = new BinaryWriter();
  for (const v of values) write(w, v);
  return w.finish();
}

test('int64 and uint64 of any value', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), (values) => {
      const out = unpackVarints(
        pack(values, (w, v) => w.int64(v)),
        64,
        values.length,
      );
      expect([...new BigInt64Array(out.buffer)]).toEqual(values);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), (values) => {
      const out = unpackVarints(
        pack(values, (w, v) => w.uint64(v)),
        64,
        values.length,
      );
      expect([...new BigUint64Array(out.buffer)]).toEqual(values);
    }),
  );
});

test('int32_data of every width, negative numbers in ten bytes', () => {
  for (const [bits, min, max] of [
    [32, -(2 ** 31), 2 ** 31 - 1],
    [16, -32768, 65535],
    [8, -128, 255],
  ]) {
    fc.assert(
      fc.property(fc.array(fc.integer({ min, max })), (values) => {
        const out = unpackVarints(
          pack(values.map(BigInt), (w, v) => w.int32(Number(v))),
          bits,
          values.length,
        );
        const mask = 2 ** bits;
        const want = values.map((v) => ((v % mask) + mask) % mask);
        const got =
          bits === 32 ? new Uint32Array(out.buffer) : bits === 16 ? new Uint16Array(out.buffer) : new Uint8Array(out);
        expect([...got]).toEqual(want);
      }),
    );
  }
});

test('two 4-bit elements or four 2-bit ones share a number', () => {
  expect([...unpackVarints(Uint8Array.of(0x21, 0x03), 4, 3)]).toEqual([0x21, 0x03]);
  expect([...unpackVarints(Uint8Array.of(0x1b, 0x01), 2, 5)]).toEqual([0x1b, 0x01]);
});

test('damage is refused, and a huge count allocates nothing', () => {
  expect(() => unpackVarints(Uint8Array.of(0x80), 32, 1)).toThrow(/damaged/);
  expect(() => unpackVarints(Uint8Array.of(1, 2), 32, 1)).toThrow(/longer/);
  expect(() => unpackVarints(Uint8Array.of(1), 32, 2)).toThrow(/shorter/);
  expect(() => unpackVarints(Uint8Array.of(1), 64, 2 ** 52)).toThrow(/shorter/);
  expect(() => unpackVarints(new Uint8Array(11).fill(0x80), 64, 1)).toThrow(/damaged/);
});
