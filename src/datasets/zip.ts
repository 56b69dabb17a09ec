import { type ByteSource, memorySource } from '../base/source.ts';
import { overLimit, unreadable } from './fail.ts';
import { checkRatio, crc32, inflate } from './inflate.ts';
import {
  MAX_FILES,
  MAX_INFLATED_BYTES,
  MAX_ZIP_DIRECTORY_BYTES,
  MAX_ZIP_INFLATED_BYTES,
  ZIP_TAIL_BYTES,
} from './limits.ts';
import { readAt, slice } from './sources.ts';

/**
 * Zip archives (PKWARE APPNOTE 6.3.10), read through the central directory so that each entry is found and inflated on
 * its own. Sizes come from the directory, so entries with data descriptors need nothing special. Zip64 is understood.
 * Paths are names only: nothing is ever written to them.
 */

export interface ZipEntry {
  /** As stored, with `/` between folders. */
  readonly path: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
  /** Where the local header is. */
  readonly offset: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const LOCAL_HEADER_BYTES = 30;

/** Whether the source begins as a zip does, an empty one included. */
export async function isZip(source: ByteSource): Promise<boolean> {
  if (source.size < 22) return false;
  const b = await source.read(0, 4);
  return b[0] === 0x50 && b[1] === 0x4b && ((b[2] === 3 && b[3] === 4) || (b[2] === 5 && b[3] === 6));
}

/**
 * The files of an archive, in the directory's order; folders are left out.
 * @throws PareError `data/unreadable` when it is damaged, `data/limit` when it claims too much or entries overlap
 */
export async function listZip(source: ByteSource): Promise<ZipEntry[]> {
  const { offset, size, count } = await findDirectory(source);
  if (count > MAX_FILES) throw overLimit(source.name, `it has ${count} entries; the limit is ${MAX_FILES}.`);
  if (size > MAX_ZIP_DIRECTORY_BYTES) throw overLimit(source.name, `its directory takes ${size} bytes.`);
  const bytes = await readAt(source, offset, size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const utf8 = new TextDecoder();
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== CENTRAL) {
      throw unreadable(source.name, `entry ${i} of its directory is damaged.`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > size) throw unreadable(source.name, `entry ${i} of its directory runs past the end.`);
    const path = utf8.decode(bytes.subarray(at + 46, at + 46 + nameLength)).replaceAll('\\', '/');
    const wide = zip64Fields(view, at, at + 46 + nameLength, extraLength, `${source.name}/${path}`);
    const entry = {
      path,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      crc: view.getUint32(at + 16, true),
      ...wide,
    };
    if (!path.endsWith('/')) entries.push(entry);
    at = next;
  }
  checkClaims(source, entries, offset);
  return entries;
}

/** Sizes and offset of a directory entry, from its zip64 extra field (id 1) where the 32-bit fields are full. */
function zip64Fields(view: DataView, at: number, extraAt: number, extraLength: number, where: string) {
  const values = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  if (values.includes(0xffffffff)) {
    let p = extraAt;
    const end = extraAt + extraLength;
    while (p + 4 <= end) {
      const fieldEnd = p + 4 + view.getUint16(p + 2, true);
      if (view.getUint16(p, true) === 1) {
        let q = p + 4;
        for (let k = 0; k < 3; k++) {
          if (values[k] !== 0xffffffff) continue;
          if (q + 8 > Math.min(fieldEnd, end)) throw unreadable(where, 'its zip64 sizes are missing.');
          values[k] = uint64(view, q, where);
          q += 8;
        }
        break;
      }
      p = fieldEnd;
    }
  }
  return { size: values[0], packedSize: values[1], offset: values[2] };
}

function uint64(view: DataView, at: number, where: string): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw overLimit(where, `it claims a size of ${value}.`);
  return Number(value);
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number; count: number }> {
  const tailAt = Math.max(0, source.size - ZIP_TAIL_BYTES);
  const tail = await readAt(source, tailAt, source.size - tailAt);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    // The comment's length must lead to the end exactly, so that a signature inside a comment is not taken for the record.
    if (view.getUint32(at, true) !== END || at + 22 + view.getUint16(at + 20, true) !== tail.byteLength) continue;
    const small = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    if (small.count !== 0xffff && small.size !== 0xffffffff && small.offset !== 0xffffffff) return small;
    if (at < 20 || view.getUint32(at - 20, true) !== LOCATOR64) return small;
    const end = await readAt(source, uint64(view, at - 12, source.name), 56);
    const v = new DataView(end.buffer, end.byteOffset, 56);
    if (v.getUint32(0, true) !== END64) throw unreadable(source.name, 'its zip64 end record is damaged.');
    return {
      count: uint64(v, 32, source.name),
      size: uint64(v, 40, source.name),
      offset: uint64(v, 48, source.name),
    };
  }
  throw unreadable(source.name, 'the zip directory is missing: the file is cut short.');
}

/** Refuses bombs by what the directory claims: the ratio, the sum, and entries that share the same bytes. */
function checkClaims(source: ByteSource, entries: readonly ZipEntry[], directoryAt: number): void {
  let packed = 0;
  let total = 0;
  for (const entry of entries) {
    if (entry.method === 0) continue;
    packed += entry.packedSize;
    total += entry.size;
  }
  if (total > MAX_ZIP_INFLATED_BYTES) {
    throw overLimit(source.name, `it unpacks to ${total} bytes; the limit is ${MAX_ZIP_INFLATED_BYTES}.`);
  }
  checkRatio(source.name, packed, total);
  let free = 0;
  for (const entry of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (entry.offset < free) throw overLimit(source.name, `${entry.path} overlaps another entry, as in a zip bomb.`);
    free = entry.offset + LOCAL_HEADER_BYTES + entry.packedSize;
    if (free > directoryAt) throw unreadable(source.name, `${entry.path} runs past the end of the archive.`);
  }
}

/**
 * One entry as a source: a stored one is a window into the archive, a deflated one is inflated into memory.
 * @throws PareError `data/unreadable` for encryption, another method than store or DEFLATE, or damage; `data/limit`
 */
export async function openEntry(source: ByteSource, entry: ZipEntry, limit = MAX_INFLATED_BYTES): Promise<ByteSource> {
  const where = `${source.name}/${entry.path}`;
  if (entry.encrypted) throw unreadable(where, 'it is encrypted.', 'Pack the data again without a password.');
  if (entry.method !== 0 && entry.method !== 8) {
    throw unreadable(
      where,
      `compression method ${entry.method} is unknown.`,
      'Pack the data as an ordinary zip (DEFLATE).',
    );
  }
  const header = await readAt(source, entry.offset, LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, LOCAL_HEADER_BYTES);
  if (view.getUint32(0, true) !== LOCAL) throw unreadable(where, 'its local header is damaged.');
  const start = entry.offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  const packed = slice(source, start, entry.packedSize, where);
  if (entry.method === 0) {
    if (entry.size !== entry.packedSize) throw unreadable(where, 'it is stored, yet its two sizes differ.');
    return packed;
  }
  const bytes = await inflate(packed, 'deflate', { limit, exact: entry.size });
  if (crc32(bytes) !== entry.crc) throw unreadable(where, 'its checksum does not match: the archive is damaged.');
  return memorySource(bytes, where);
}
