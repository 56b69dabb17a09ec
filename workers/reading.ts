import { KiB, MiB } from '../src/base/limits.ts';
import type { Loan } from '../src/base/memory.ts';
import { type ByteSource, blobSource, checkRange, unreadable } from '../src/base/source.ts';

export type ReadRequest =
  | { source: number; blob: Blob }
  | { close: number }
  | { id: number; source: number; offset: number; length: number; memory?: ArrayBuffer };

export type ReadAnswer = { id: number; buffer: ArrayBuffer } | { id: number; error: string };

/** Less is not worth the way to another thread. */
const WORTH = 128 * KiB;

/** A thread that reads, and who waits for what it reads. It is started when first needed. */
class Reader {
  private readonly worker = new Worker(new URL('./reader.worker.ts', import.meta.url), {
    type: 'module',
    name: 'reader',
  });
  private readonly waiting = new Map<
    number,
    { resolve: (buffer: ArrayBuffer) => void; reject: (error: Error) => void }
  >();
  private ids = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<ReadAnswer>) => {
      const waits = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ('buffer' in data) waits?.resolve(data.buffer);
      else waits?.reject(new Error(data.error));
    };
    this.worker.onerror = (event) => {
      for (const { reject } of this.waiting.values()) reject(new Error(event.message));
      this.waiting.clear();
    };
  }

  send(request: ReadRequest): void {
    this.worker.postMessage(request);
  }

  read(source: number, offset: number, length: number, memory?: ArrayBuffer): Promise<ArrayBuffer> {
    const id = ++this.ids;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, source, offset, length, memory } satisfies ReadRequest, memory ? [memory] : []);
    });
  }
}

let reader: Reader | undefined;
let sources = 0;

/** A Blob whose large ranges are read by a thread of their own, while this one goes on. `close` lets go of it there. */
export function threadedSource(blob: Blob, name: string): ByteSource & { close(): void } {
  const here = blobSource(blob, name);
  let number: number | undefined;
  // Started at once for what is surely worth it, while the file's structure is read here.
  if (blob.size >= MiB) reader ??= new Reader();
  return {
    name,
    size: blob.size,
    async read(offset: number, length: number, loan?: Loan) {
      checkRange({ name, size: blob.size }, offset, length);
      if (length < WORTH) return here.read(offset, length, loan);
      reader ??= new Reader();
      if (number === undefined) {
        number = ++sources;
        reader.send({ source: number, blob });
      }
      try {
        const buffer = await reader.read(number, offset, length, loan?.take(length));
        loan?.adopt(buffer);
        return new Uint8Array(buffer, 0, length);
      } catch (cause) {
        throw unreadable(name, cause);
      }
    },
    close() {
      if (number !== undefined) reader?.send({ close: number });
      number = undefined;
    },
  };
}
