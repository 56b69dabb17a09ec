import { BlobReader } from './blobs.ts';
import { PareError } from './errors.ts';
import type { Loan } from './memory.ts';

/**
 * Bytes that are somewhere: a dropped `File`, a file handle in Node, or memory. Reading is always awaited and never
 * keeps anything, so that a 10 GB source costs what is read of it at a time.
 */
export interface ByteSource {
  /** What people call it: the file's name. */
  readonly name: string;
  readonly size: number;
  /**
   * The bytes [offset, offset + length). The result may share memory with the source: do not write to it.
   * @param loan where a source that fills memory gets it from; a source may do without
   * @throws PareError `model/corrupt` when the range lies outside the source
   */
  read(offset: number, length: number, loan?: Loan): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where a result goes, piece by piece. Nothing is seen by anyone before `close` has resolved. */
export interface ByteSink {
  /** Keeps nothing of `bytes` once it has resolved: their memory is used again. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  /** Throws away what was written. */
  abort(): Promise<void>;
}

/** Refuses a range that is not wholly inside `size` bytes. */
export function checkRange(source: { name: string; size: number }, offset: number, length: number): void {
  const ok =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= source.size;
  if (!ok) {
    throw new PareError(
      'model/corrupt',
      `${source.name}: bytes ${offset}…${offset + length} lie outside the file of ${source.size} bytes.`,
      { where: source.name, hint: 'The file is cut short or damaged. Download or export it again.' },
    );
  }
}

/** Bytes in memory, shared and not copied. */
export function memorySource(bytes: Uint8Array<ArrayBuffer>, name = 'memory'): ByteSource {
  const source = {
    name,
    size: bytes.byteLength,
    async read(offset: number, length: number) {
      checkRange(source, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
  return source;
}

/** What is wrong with a dropped file that does not answer any more. */
export function unreadable(name: string, cause: unknown): PareError {
  return new PareError('storage/failed', `${name} can no longer be read.`, {
    where: name,
    hint: 'It was moved, changed or deleted since it was opened. Open it again.',
    cause,
  });
}

/** A `Blob` or `File`. */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource {
  const reader = new BlobReader(blob);
  const source = {
    name,
    size: blob.size,
    async read(offset: number, length: number, loan?: Loan) {
      checkRange(source, offset, length);
      try {
        return await reader.read(offset, length, loan);
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
  };
  return source;
}

/** A sink that gathers everything in memory; `bytes()` joins it after `close`. */
export function memorySink(): ByteSink & { bytes(): Uint8Array<ArrayBuffer> } {
  let parts: Uint8Array<ArrayBuffer>[] = [];
  return {
    async write(bytes) {
      parts.push(bytes.slice());
    },
    async close() {},
    async abort() {
      parts = [];
    },
    bytes() {
      const out = new Uint8Array(parts.reduce((n, p) => n + p.byteLength, 0));
      let at = 0;
      for (const p of parts) {
        out.set(p, at);
        at += p.byteLength;
      }
      return out;
    },
  };
}
