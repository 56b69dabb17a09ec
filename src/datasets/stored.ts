import type { ByteSource } from '../base/source.ts';
import { halvesToFloats } from '../onnx/float.ts';
import { overLimit, unreadable } from './fail.ts';
import { MAX_ARRAY_BYTES, RESIDENT_BYTES } from './limits.ts';
import { readAt } from './sources.ts';
import type { RawArray, Samples } from './types.ts';

/** How one number is written in a file: NumPy's kind letter, its bytes, and its byte order. */
export interface StoredType {
  readonly kind: 'f' | 'i' | 'u' | 'b';
  readonly size: 1 | 2 | 4 | 8;
  readonly little: boolean;
}

/** An array somewhere in a file: its numbers follow each other in C order from the start of `source`. */
export interface StoredArray {
  readonly name: string;
  readonly type: StoredType;
  readonly dims: readonly number[];
  readonly source: ByteSource;
}

/** The product of dims; 1 for a scalar. */
export function product(dims: readonly number[]): number {
  return dims.reduce((n, d) => n * d, 1);
}

/** `bytes` (not changed) in this machine's byte order, which every device that runs a browser today has little-endian. */
function nativeOrder(bytes: Uint8Array<ArrayBuffer>, type: StoredType): ArrayBuffer {
  const copy = bytes.slice();
  if (!type.little && type.size > 1) {
    for (let at = 0; at < copy.length; at += type.size) copy.subarray(at, at + type.size).reverse();
  }
  return copy.buffer;
}

/**
 * Bytes of whole elements as numbers. bool becomes 0/1; 64-bit integers become doubles.
 * @throws PareError `data/unreadable` for a 64-bit integer past 2⁵³, which no double holds
 */
function decodeNumbers(bytes: Uint8Array<ArrayBuffer>, type: StoredType, where: string): RawArray {
  const buffer = nativeOrder(bytes, type);
  const { kind, size } = type;
  if (kind === 'b') return new Uint8Array(buffer).map((v) => (v ? 1 : 0));
  if (kind === 'f') {
    if (size === 2) return halvesToFloats(new Uint16Array(buffer));
    return size === 4 ? new Float32Array(buffer) : new Float64Array(buffer);
  }
  if (size === 8) {
    const wide = kind === 'i' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
    const out = new Float64Array(wide.length);
    for (let i = 0; i < wide.length; i++) {
      out[i] = Number(wide[i]);
      if (!Number.isSafeInteger(out[i])) throw unreadable(where, `element ${i} is ${wide[i]}, past ±2⁵³.`);
    }
    return out;
  }
  if (kind === 'i') {
    return size === 1 ? new Int8Array(buffer) : size === 2 ? new Int16Array(buffer) : new Int32Array(buffer);
  }
  return size === 1 ? new Uint8Array(buffer) : size === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

/** All of an array. @throws PareError `data/limit` when it is larger than `limit` bytes */
export async function readAll(array: StoredArray, limit = MAX_ARRAY_BYTES): Promise<RawArray> {
  const bytes = product(array.dims) * array.type.size;
  if (bytes > limit) throw overLimit(array.name, `it takes ${bytes} bytes; the limit is ${limit}.`);
  return decodeNumbers(await readAt(array.source, 0, bytes), array.type, array.name);
}

/** The rows of an array as samples: small arrays are read once and kept, large ones by ranges. */
export function arraySamples(array: StoredArray): Samples {
  const sampleDims = array.dims.slice(1);
  const count = array.dims[0];
  const rowBytes = product(sampleDims) * array.type.size;
  const total = rowBytes * count;
  let kept: Promise<Uint8Array<ArrayBuffer>> | undefined;
  const range = async (row: number, rows: number) => {
    if (total > RESIDENT_BYTES) return readAt(array.source, row * rowBytes, rows * rowBytes);
    kept ??= readAt(array.source, 0, total);
    return (await kept).subarray(row * rowBytes, (row + rows) * rowBytes);
  };
  return {
    name: array.name,
    count,
    sampleDims,
    bytes: array.type.kind === 'u' && array.type.size === 1,
    async read(indices) {
      const out = new Uint8Array(indices.length * rowBytes);
      for (let i = 0; i < indices.length; ) {
        checkIndex(indices[i], count, array.name);
        // Neighbours are read together: a batch in order is one read.
        let run = 1;
        while (i + run < indices.length && indices[i + run] === indices[i] + run) run++;
        checkIndex(indices[i] + run - 1, count, array.name);
        out.set(await range(indices[i], run), i * rowBytes);
        i += run;
      }
      return {
        kind: 'array',
        dims: [indices.length, ...sampleDims],
        data: decodeNumbers(out, array.type, array.name),
      };
    },
  };
}

/** Refuses an index that is no row. A bug of the caller's, not of the data. */
export function checkIndex(index: number, count: number, where: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`${where}: sample ${index} of ${count}`);
  }
}
