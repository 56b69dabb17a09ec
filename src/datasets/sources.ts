import { type ByteSource, memorySource } from '../base/source.ts';
import { unreadable } from './fail.ts';
import { crc32, inflate } from './inflate.ts';
import { RATIO_FREE_BYTES } from './limits.ts';

/** `length` bytes at `offset`, where a file cut short is bad data and not a bad model. */
export async function readAt(source: ByteSource, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  if (offset < 0 || length < 0 || offset + length > source.size) {
    throw unreadable(source.name, `it ends at byte ${source.size}, before byte ${offset + length} that it promises.`);
  }
  return source.read(offset, length);
}

/** The part [offset, offset + size) of a source as a source of its own. */
export function slice(source: ByteSource, offset: number, size: number, name = source.name): ByteSource {
  if (offset < 0 || size < 0 || offset + size > source.size) {
    throw unreadable(name, `it ends at byte ${source.size}, before byte ${offset + size} that it promises.`);
  }
  const part = { name, size, read: (at: number, length: number) => readInside(part, source, offset, at, length) };
  return part;
}

async function readInside(part: ByteSource, whole: ByteSource, offset: number, at: number, length: number) {
  if (at < 0 || length < 0 || at + length > part.size) {
    throw unreadable(part.name, `bytes ${at}…${at + length} lie outside its ${part.size} bytes.`);
  }
  return whole.read(offset + at, length);
}

/** Whether the source begins as gzip does (RFC 1952). */
export async function isGzip(source: ByteSource): Promise<boolean> {
  if (source.size < 18) return false;
  const head = await source.read(0, 3);
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/** The unpacked content of a .gz, under its name without the ending. Its size and CRC-32 are checked. */
export async function gunzip(source: ByteSource): Promise<ByteSource> {
  const bytes = await inflate(source, 'gzip');
  const tail = await readAt(source, source.size - 8, 8);
  const view = new DataView(tail.buffer, tail.byteOffset, 8);
  // A file of several members (bgzip, `cat a.gz b.gz`) has the size of the last one only at its end.
  const whole = view.getUint32(4, true) === bytes.length % 2 ** 32;
  if (whole && bytes.length <= RATIO_FREE_BYTES && view.getUint32(0, true) !== crc32(bytes)) {
    throw unreadable(source.name, 'its checksum does not match: the file is damaged.');
  }
  return memorySource(bytes, source.name.replace(/\.gz$/i, ''));
}
