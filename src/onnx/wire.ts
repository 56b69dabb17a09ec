import { PareError } from '../base/errors.ts';

/** Protobuf wire types. No ONNX writer makes groups, but a field that nobody knows may be one. */
export const WIRE = { VARINT: 0, FIXED64: 1, LEN: 2, START_GROUP: 3, END_GROUP: 4, FIXED32: 5 } as const;

/** Groups in groups deeper than this are refused, so that no decoder's stack overflows on them. */
const MAX_GROUPS = 32;

/** One field on the wire: its number and type, and where its value lies in the buffer. */
export interface Field {
  no: number;
  wire: number;
  /** First byte of the tag. */
  start: number;
  /** First byte after the tag. */
  from: number;
  /** First byte of the value, after the length when there is one. */
  value: number;
  /** For LEN fields the value's length; for the others the bytes it takes; for the two ends of a group 0. */
  length: number;
}

function corrupt(what: string, where: string): PareError {
  return new PareError('model/corrupt', `${where}: ${what}.`, {
    where,
    hint: 'The file is damaged or is not an ONNX model. Download or export it again.',
  });
}

/**
 * Reads a varint of at most 10 bytes as a number. It is exact up to 2⁵³, far above any length or tag that can be valid;
 * values beyond that (negative int64s) only need their extent.
 */
export function readVarint(
  bytes: Uint8Array,
  at: number,
  where: string,
  end = bytes.length,
): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= end) throw corrupt('a number is cut off', where);
    const byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next: at };
    scale *= 128;
  }
  throw corrupt('a number is longer than ten bytes', where);
}

/** Reads the tag at `at`, and the length after it if it has one. The value itself may lie beyond the buffer. */
export function readField(bytes: Uint8Array, at: number, where: string, end = bytes.length): Field {
  const tag = readVarint(bytes, at, where, end);
  const no = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  const from = tag.next;
  if (no === 0 || no > 0x1fffffff) throw corrupt(`field number ${no} is not allowed`, where);
  switch (wire) {
    case WIRE.VARINT: {
      const v = readVarint(bytes, from, where, end);
      return { no, wire, start: at, from, value: from, length: v.next - from };
    }
    case WIRE.FIXED64:
      return { no, wire, start: at, from, value: from, length: 8 };
    case WIRE.FIXED32:
      return { no, wire, start: at, from, value: from, length: 4 };
    case WIRE.LEN: {
      const n = readVarint(bytes, from, where, end);
      return { no, wire, start: at, from, value: n.next, length: n.value };
    }
    case WIRE.START_GROUP:
    case WIRE.END_GROUP:
      return { no, wire, start: at, from, value: from, length: 0 };
    default:
      throw corrupt(`wire type ${wire} is not allowed`, where);
  }
}

/** Which groups are open while fields are read one after the other. */
export class Groups {
  private readonly open: number[] = [];

  get depth(): number {
    return this.open.length;
  }

  /** To be told of every field. @throws PareError `model/corrupt` when groups do not nest */
  see(field: Field, where: string): void {
    if (field.wire === WIRE.START_GROUP) {
      if (this.open.length === MAX_GROUPS) throw corrupt(`groups are nested more than ${MAX_GROUPS} deep`, where);
      this.open.push(field.no);
    } else if (field.wire === WIRE.END_GROUP && this.open.pop() !== field.no) {
      throw corrupt('a group ends that did not begin', where);
    }
  }
}

/**
 * Reads a field that must lie inside [at, end). A group is read as one field that runs to the end of its end tag.
 * @throws PareError `model/corrupt`
 */
export function readWhole(bytes: Uint8Array, at: number, where: string, end: number): Field {
  const field = readField(bytes, at, where, end);
  if (field.wire === WIRE.START_GROUP || field.wire === WIRE.END_GROUP) {
    const groups = new Groups();
    groups.see(field, where);
    let next = field.value;
    while (groups.depth > 0) {
      const inner = readField(bytes, next, where, end);
      groups.see(inner, where);
      next = inner.value + inner.length;
      if (next > end) break;
    }
    field.length = next - field.value;
  }
  if (field.value + field.length > end) throw corrupt('a field runs past the end of its message', where);
  return field;
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
