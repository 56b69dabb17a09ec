import { KiB, MiB } from './limits.ts';
import { fresh, type Loan } from './memory.ts';

/** Reads below this leave too little behind to matter. */
const WEIGHTY = 64 * KiB;
/** Reads of at least this much that follow one another are taken from a stream. */
const STREAMED = 128 * KiB;
/** What lies between two reads is read and forgotten up to this size. */
const GAP = MiB;

/** A stream fills memory that moves to another object. */
export type BlobLoan = Pick<Loan, 'take' | 'adopt'>;

/**
 * Reads a Blob by ranges. Ranges that follow one another come out of one stream, which Chromium hands over twice as fast as slices,
 * and into memory of the script's own: what `slice` gives is the browser's, and its collector does not hear of it.
 */
export class BlobReader {
  private reader?: ReadableStreamBYOBReader;
  /** Where the stream stands, and where the last read ended. */
  private at = 0;
  private end = -1;
  private queue: Promise<unknown> = Promise.resolve();
  private streams = true;

  constructor(private readonly blob: Blob) {}

  /** The bytes [offset, offset + length), which lie inside the Blob. @param loan memory for what comes out of the stream */
  read(offset: number, length: number, loan?: BlobLoan): Promise<Uint8Array<ArrayBuffer>> {
    const follows = offset >= this.end && offset - this.end <= GAP;
    this.end = offset + length;
    if (!this.streams || length < STREAMED || !follows) return this.slice(offset, length);
    const result = this.queue.then(() => this.next(offset, length, loan));
    this.queue = result.catch(() => this.stop());
    return result;
  }

  private async slice(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    // An array of the same size makes the collector run, and costs nothing, since nobody touches it.
    if (length >= WEIGHTY) new ArrayBuffer(length);
    return new Uint8Array(await this.blob.slice(offset, offset + length).arrayBuffer());
  }

  private async next(offset: number, length: number, loan?: BlobLoan): Promise<Uint8Array<ArrayBuffer>> {
    const reader = await this.streamAt(offset, length);
    if (!reader) return this.slice(offset, length);
    if (offset > this.at) await this.fill(reader, new ArrayBuffer(offset - this.at), offset - this.at);
    const bytes = await this.fill(reader, (loan?.take ?? fresh)(length), length);
    loan?.adopt(bytes.buffer);
    return bytes;
  }

  /** A stream that stands at `offset` or shortly before it. */
  private async streamAt(offset: number, length: number): Promise<ReadableStreamBYOBReader | undefined> {
    if (this.reader && offset >= this.at && offset - this.at <= GAP + length) return this.reader;
    await this.stop();
    try {
      this.reader = this.blob.slice(offset).stream().getReader({ mode: 'byob' });
      this.at = offset;
    } catch {
      // Browsers whose Blobs have no streams of bytes.
      this.streams = false;
    }
    return this.reader;
  }

  private async stop(): Promise<void> {
    const { reader } = this;
    this.reader = undefined;
    await reader?.cancel().catch(() => {});
  }

  private async fill(
    reader: ReadableStreamBYOBReader,
    into: ArrayBuffer,
    length: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    let memory = into;
    for (let done = 0; done < length; ) {
      const { value } = await reader.read(new Uint8Array(memory, done, length - done));
      if (!value || value.byteLength === 0) throw new Error('the file ended early');
      memory = value.buffer;
      done += value.byteLength;
      this.at += value.byteLength;
    }
    return new Uint8Array(memory, 0, length);
  }
}
