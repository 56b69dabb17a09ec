import { PareError } from '../base/errors.ts';

/** Protobuf wire types. Groups (3, 4) are deprecated and no ONNX writer makes them. */
export const WIRE = { VARINT: 0, FIXED64: 1, LEN: 2, FIXED32: 5 } as const;

/** One field on the wire: its number and type, and where its value lies in the buffer. */
export interface Field {
  no: number;
  wire: number;
  /** First byte of the tag. */
  start: number;
  /** First byte of the value, after the length when there is one. */
  value: number;
  /** For LEN fields the value's length; for the others the bytes it takes. */
  length: number;
}

function corrupt(what: string, where: string): PareError {
  return new PareError('model/corrupt', `${where}: ${what}.`, {
    where,
    hint: 'The file is damaged or is not an ONNX model. Download or export it again.',
  });
}

/**
 * Reads a varint of at most 10 bytes as a number. Values above 2⁵³ are refused where they are lengths and tags, which
 * is all that this is used for.
 */
export function readVarint(bytes: Uint8Array, at: number, where: string): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= bytes.length) throw corrupt('a number is cut off', where);
    const byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at };
    scale *= 128;
  }
  throw corrupt('a number is longer than ten bytes', where);
}

/** Reads the tag at `at`, and the length after it if it has one. The value itself may lie beyond the buffer. */
export function readField(bytes: Uint8Array, at: number, where: string): Field {
  const tag = readVarint(bytes, at, where);
  const no = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  if (no === 0 || no > 0x1fffffff) throw corrupt(`field number ${no} is not allowed`, where);
  switch (wire) {
    case WIRE.VARINT: {
      const v = readVarint(bytes, tag.next, where);
      return { no, wire, start: at, value: tag.next, length: v.next - tag.next };
    }
    case WIRE.FIXED64:
      return { no, wire, start: at, value: tag.next, length: 8 };
    case WIRE.FIXED32:
      return { no, wire, start: at, value: tag.next, length: 4 };
    case WIRE.LEN: {
      const n = readVarint(bytes, tag.next, where);
      return { no, wire, start: at, value: n.next, length: n.value };
    }
    default:
      throw corrupt(`wire type ${wire} is not allowed`, where);
  }
}

/** Bytes that `value` takes as a varint. */
export function varintSize(value: number): number {
  let n = 1;
  for (let v = value; v >= 128; v = Math.floor(v / 128)) n++;
  return n;
}

/** The tag and length that go before a LEN field of `length` bytes. */
export function lenHeader(no: number, length: number): Uint8Array<ArrayBuffer> {
  const tag = no * 8 + WIRE.LEN;
  const out = new Uint8Array(varintSize(tag) + varintSize(length));
  let at = 0;
  for (let v of [tag, length]) {
    while (v >= 128) {
      out[at++] = (v % 128) + 128;
      v = Math.floor(v / 128);
    }
    out[at++] = v;
  }
  return out;
}
