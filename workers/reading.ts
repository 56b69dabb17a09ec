import { KiB, MiB } from '../src/base/limits.ts';
import type { Loan } from '../src/base/memory.ts';
import { type ByteSource, blobSource, checkRange, unreadable } from '../src/base/source.ts';
import type { Places } from '../src/storage/pack.ts';

export type ReadRequest =
  | { source: number; blob: Blob }
  | { kept: FileSystemFileHandle; sources: number[]; offsets: number[] }
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

/** A Blob whose large ranges are read by a thread of their own, while this one goes on; and all ranges, once a copy of it is kept. */
export class ThreadedSource implements ByteSource {
  readonly size: number;
  private readonly here: ByteSource;
  private number: number | undefined;
  private kept = false;

  constructor(
    private readonly blob: Blob,
    readonly name: string,
  ) {
    this.size = blob.size;
    this.here = blobSource(blob, name);
    // Started at once for what is surely worth it, while the file's structure is read here.
    if (blob.size >= MiB) reader ??= new Reader();
  }

  async read(offset: number, length: number, loan?: Loan): Promise<Uint8Array<ArrayBuffer>> {
    checkRange(this, offset, length);
    if (length < WORTH && !this.kept) return this.here.read(offset, length, loan);
    const [thread, number] = this.there();
    try {
      const buffer = await thread.read(number, offset, length, loan?.take(length));
      loan?.adopt(buffer);
      return new Uint8Array(buffer, 0, length);
    } catch (cause) {
      throw unreadable(this.name, cause);
    }
  }

  /** Reads a copy of these sources in the private file system from now on: faster, and there whatever becomes of the file. */
  static readKept(sources: readonly ThreadedSource[], { handle, offsets }: Places): void {
    const numbers = sources.map((s) => s.there()[1]);
    reader!.send({ kept: handle, sources: numbers, offsets });
    for (const s of sources) s.kept = true;
  }

  /** Lets go of it in the other thread. */
  close(): void {
    if (this.number !== undefined) reader?.send({ close: this.number });
    this.number = undefined;
    this.kept = false;
  }

  /** The thread that reads, and what it calls this source. */
  private there(): [Reader, number] {
    reader ??= new Reader();
    if (this.number === undefined) {
      this.number = ++sources;
      reader.send({ source: this.number, blob: this.blob });
    }
    return [reader, this.number];
  }
}
