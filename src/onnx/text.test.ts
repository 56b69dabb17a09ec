import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeText, encodeText } from './text.ts';

test('any bytes come back', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.array(fc.constantFrom(0xed, 0xa0, 0x80, 0xf0, 0x9f, 0xc3, 0x28, 0xff, 65)),
  );
  fc.assert(
    fc.property(bytes, (b) => {
      expect([...encodeText(decodeText(Uint8Array.from(b)))]).toEqual([...b]);
    }),
    {
      numRuns: 5000,
    },
  );
});

test('valid UTF-8 reads as the text it is, byte-order mark and all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (s) => {
      expect(decodeText(new TextEncoder().encode(s))).toBe(s);
      expect(encodeText(s)).toEqual(new TextEncoder().encode(s));
    }),
  );
  expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 65))).toBe('\ufeffA');
});

test('different bytes are different names', () => {
  expect(decodeText(Uint8Array.of(0xff))).not.toBe(decodeText(Uint8Array.of(0xfe)));
});

test('a megabyte of bytes that are no text', () => {
  const bytes = new Uint8Array(1 << 20).fill(0xff);
  expect(Buffer.compare(encodeText(decodeText(bytes)), bytes)).toBe(0);
});
