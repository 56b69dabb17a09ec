import { Gunzip, Inflate, Unzlib } from 'fflate';
import type { ByteSource } from '../base/source.ts';
import { overLimit, unreadable } from './fail.ts';
import { MAX_INFLATE_RATIO, MAX_INFLATED_BYTES, RATIO_FREE_BYTES } from './limits.ts';

/** Compressed bytes given to the inflater at a time: at DEFLATE's own limit of 1032:1 one step yields 16 MiB. */
const STEP = 16 * 1024;

/** Compressed bytes read from the source at a time. */
const READ = 1024 * 1024;

type Format = 'deflate' | 'gzip' | 'zlib';

/** Refuses a claim of `output` bytes out of `input` compressed ones, before anything is allocated. */
export function checkRatio(where: string, input: number, output: number): void {
  if (output > RATIO_FREE_BYTES && output > input * MAX_INFLATE_RATIO) {
    throw overLimit(
      where,
      `${input} compressed bytes would become ${output}, more than ${MAX_INFLATE_RATIO} times as many.`,
      'This is how a zip bomb looks. Pack the data again, or without compression.',
    );
  }
}

/**
 * Inflates the whole of `source`, never holding more than `limit` bytes of output.
 * @param limit most bytes to produce; one more is an error
 * @param exact the size the container claims; any other is an error
 * @param anyRatio for a `limit` that is known to be honest, such as the pixels of an image: a white page has any ratio
 * @throws PareError `data/limit` past the limit or the ratio, `data/unreadable` on damage
 */
export async function inflate(
  source: ByteSource,
  format: Format,
  options: { limit?: number; exact?: number; anyRatio?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { exact } = options;
  const limit = options.limit ?? MAX_INFLATED_BYTES;
  const where = source.name;
  if (exact !== undefined) {
    if (exact > limit) throw overLimit(where, `it unpacks to ${exact} bytes; the limit is ${limit}.`);
    checkRatio(where, source.size, exact);
  }
  let out = new Uint8Array(exact ?? Math.min(limit, Math.max(1024, source.size * 4)));
  let size = 0;
  let fed = 0;
  const take = (piece: Uint8Array) => {
    const need = size + piece.length;
    if (exact !== undefined && need > exact)
      throw unreadable(where, `it holds more than the ${exact} bytes it claims.`);
    if (need > limit) throw overLimit(where, `it unpacks to more than ${limit} bytes.`);
    if (!options.anyRatio) checkRatio(where, source.size, need);
    if (need > out.length) {
      const grown = new Uint8Array(Math.min(limit, Math.max(need, out.length * 2)));
      grown.set(out.subarray(0, size));
      out = grown;
    }
    out.set(piece, size);
    size = need;
  };
  const stream = format === 'gzip' ? new Gunzip(take) : format === 'zlib' ? new Unzlib(take) : new Inflate(take);
  try {
    for (let at = 0; at < source.size; at += READ) {
      const chunk = await source.read(at, Math.min(READ, source.size - at));
      for (let i = 0; i < chunk.length; i += STEP) {
        const piece = chunk.subarray(i, i + STEP);
        fed += piece.length;
        stream.push(piece, fed === source.size);
      }
    }
  } catch (error) {
    // fflate throws plain errors with a number for a code; our own pass through as they are.
    if (error instanceof Error && error.name === 'PareError') throw error;
    throw unreadable(where, 'its compressed data is damaged or cut short.', undefined, error);
  }
  if (exact !== undefined && size !== exact) throw unreadable(where, `it holds ${size} bytes and claims ${exact}.`);
  return size === out.length ? out : out.slice(0, size);
}

let table: Uint32Array | undefined;

/** CRC-32 as in zip, gzip and PNG (polynomial 0xEDB88320, reflected). */
export function crc32(bytes: Uint8Array): number {
  if (!table) {
    table = new Uint32Array(256);
    for (let n = 0; n < 256; n++) {
      let c = n;
      for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
      table[n] = c;
    }
  }
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = table[(c ^ bytes[i]) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
