import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lenHeader, readField, readVarint, readWhole, varintSize, WIRE } from './wire.ts';

describe('varints', () => {
  test('agree with protobuf-es, also those of ten bytes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }), (v) => {
        const bytes = new BinaryWriter().uint64(v).finish();
        expect(readVarint(bytes, 0, 't')).toEqual({ value: Number(v), next: bytes.length });
        expect(varintSize(Number(v))).toBe(bytes.length);
      }),
    );
    expect(readVarint(new BinaryWriter().int64(-1n).finish(), 0, 't').next).toBe(10);
  });

  test('that run out or run on are refused', () => {
    expect(() => readVarint(Uint8Array.of(0x80), 0, 't')).toThrow(/cut off/);
    expect(() => readVarint(Uint8Array.of(0x80, 1), 0, 't', 1)).toThrow(/cut off/);
    expect(() => readVarint(new Uint8Array(11).fill(0x80), 0, 't')).toThrow(/ten bytes/);
  });
});

test('headers agree with protobuf-es', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0x1fffffff }), fc.nat(), (no, length) => {
      const want = new BinaryWriter().tag(no, WireType.LengthDelimited).uint32(length).finish();
      expect(lenHeader(no, length)).toEqual(want);
      expect(readField(want, 0, 't')).toMatchObject({ no, wire: WIRE.LEN, value: want.length, length });
    }),
  );
});

describe('fields', () => {
  test('field number 0 and wire types 6 and 7 are refused', () => {
    expect(() => readField(Uint8Array.of(0x00, 0), 0, 't')).toThrow(/field number 0/);
    expect(() => readField(Uint8Array.of(0x0e), 0, 't')).toThrow(/wire type 6/);
    expect(() => readField(Uint8Array.of(0x0f), 0, 't')).toThrow(/wire type 7/);
  });

  test('a value must lie inside its message', () => {
    expect(() => readWhole(Uint8Array.of(0x0a, 3, 1, 2), 0, 't', 4)).toThrow(/past the end/);
    expect(() => readWhole(Uint8Array.of(0x0d, 1, 2, 3), 0, 't', 4)).toThrow(/past the end/);
    expect(readWhole(Uint8Array.of(0x0a, 2, 1, 2), 0, 't', 4)).toMatchObject({ value: 2, length: 2 });
  });

  test('a group is one field, other groups inside', () => {
    // field 1 { field 2: 5; field 3 {} }, then a byte that is not part of it
    const bytes = Uint8Array.of(0x0b, 0x10, 5, 0x1b, 0x1c, 0x0c, 0x99);
    expect(readWhole(bytes, 0, 't', 7)).toMatchObject({ no: 1, wire: WIRE.START_GROUP, from: 1, length: 5 });
    expect(() => readWhole(Uint8Array.of(0x0b, 0x10, 5), 0, 't', 3)).toThrow(/cut off/);
    expect(() => readWhole(Uint8Array.of(0x0b, 0x14), 0, 't', 2)).toThrow(/did not begin/);
    expect(() => readWhole(Uint8Array.of(0x0c), 0, 't', 1)).toThrow(/did not begin/);
    expect(() => readWhole(new Uint8Array(100_000).fill(0x0b), 0, 't', 100_000)).toThrow(/nested/);
  });
});
