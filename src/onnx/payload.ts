import type { Loan } from '../base/memory.ts';
import type { ByteSource } from '../base/source.ts';
import { copyWith, type TensorProto } from './proto.ts';

/**
 * The wire field of a TensorProto that holds its numbers: raw_data 9, float_data 4, int32_data 5, int64_data 7,
 * double_data 10, uint64_data 11.
 */
export type PayloadField = 4 | 5 | 7 | 9 | 10 | 11;

/** The numbers of a tensor, wherever they are: a range of a file, memory, or a computation that has not run yet. */
export interface Payload {
  /** Bytes, known before anything is read, since a file's lengths come before its contents. */
  readonly size: number;
  /** Bytes that the file holds for it, where that is another number: a sparse tensor's values and indices. */
  readonly stored?: number;
  /** Which field the bytes are the contents of. All but `raw_data` are as packed on the wire. */
  readonly field: PayloadField;
  /** Bytes [offset, offset + length); the whole by default. Do not write to the result. @param loan as of `ByteSource.read` */
  read(offset?: number, length?: number, loan?: Loan): Promise<Uint8Array<ArrayBuffer>>;
  /** True when reading is cheap to repeat and in pieces: a file range or memory, not a computation. */
  readonly direct: boolean;
  /** Bytes of the pieces that a computation gives one by one: reading all of them costs about what reading the whole does. */
  readonly piece?: number;
  /** Where in a file the bytes are, when they are: neighbours can then be read together. */
  readonly range?: { readonly source: ByteSource; readonly offset: number };
}

const PAYLOAD = Symbol('payload');
type Carrier = TensorProto & { [PAYLOAD]?: Payload };

/** The payload that was left outside the message, if any. */
export function payloadOf(tensor: TensorProto): Payload | undefined {
  return (tensor as Carrier)[PAYLOAD];
}

/** A copy of `tensor` whose numbers are `payload`, and no others. */
export function withPayload(tensor: TensorProto, payload: Payload): TensorProto {
  const copy = copyWith(tensor, {
    rawData: undefined,
    floatData: [],
    int32Data: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
    externalData: [],
    dataLocation: undefined,
  }) as Carrier;
  copy[PAYLOAD] = payload;
  return copy;
}

/** A copy of `tensor` with some fields changed, whose numbers are elsewhere. */
export function withoutPayload(tensor: TensorProto, changes: Partial<TensorProto>): TensorProto {
  const copy = copyWith(tensor, changes) as Carrier;
  delete copy[PAYLOAD];
  return copy;
}

/** A range of a source, read when asked for. */
export function rangePayload(source: ByteSource, offset: number, size: number, field: PayloadField = 9): Payload {
  return {
    size,
    field,
    direct: true,
    range: { source, offset },
    read: (from = 0, length = size - from, loan) => source.read(offset + from, length, loan),
  };
}

/** Bytes in memory, as raw_data. */
export function memoryPayload(bytes: Uint8Array<ArrayBuffer>): Payload {
  return {
    size: bytes.byteLength,
    field: 9,
    direct: true,
    read: async (from = 0, length = bytes.byteLength - from) => bytes.subarray(from, from + length),
  };
}

function promised(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (bytes.byteLength !== size) throw new Error(`a payload promised ${size} bytes and gave ${bytes.byteLength}`);
  return bytes;
}

/**
 * A computation as raw_data: `compute` runs each time the payload is read and must give exactly `size` bytes. Nothing
 * is kept; several payloads that come of one computation share it through `base/shared.ts`. Who reads with a loan may be given
 * memory that goes back with it.
 */
export function computedPayload(
  size: number,
  compute: (loan?: Loan) => Promise<Uint8Array<ArrayBuffer>>,
  stored?: number,
): Payload {
  return {
    size,
    stored,
    field: 9,
    direct: false,
    async read(from = 0, length = size - from, loan?: Loan) {
      const bytes = promised(await compute(loan), size);
      return from === 0 && length === size ? bytes : bytes.subarray(from, from + length);
    },
  };
}

/**
 * A computation of which each piece can be had by itself, as raw_data: of `piece` bytes, the last of what is left. Like
 * `computedPayload` it keeps nothing.
 * @param compute gives the piece that begins at `from`, exactly `length` bytes
 */
export function piecewisePayload(
  size: number,
  piece: number,
  compute: (from: number, length: number, loan?: Loan) => Promise<Uint8Array<ArrayBuffer>>,
): Payload {
  const pieceAt = async (at: number, loan?: Loan) => {
    const length = Math.min(piece, size - at);
    return promised(await compute(at, length, loan), length);
  };
  return {
    size,
    field: 9,
    direct: false,
    piece,
    async read(from = 0, length = size - from, loan?: Loan) {
      if (from % piece === 0 && length === Math.min(piece, size - from)) return pieceAt(from, loan);
      const out = new Uint8Array(length);
      for (let at = from - (from % piece); at < from + length; at += piece) {
        const bytes = await pieceAt(at);
        out.set(bytes.subarray(Math.max(0, from - at), from + length - at), Math.max(0, at - from));
      }
      return out;
    },
  };
}
