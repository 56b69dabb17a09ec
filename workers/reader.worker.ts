import { type BlobLoan, BlobReader } from '../src/base/blobs.ts';
import { KeptFile } from '../src/storage/kept.ts';
import type { ReadAnswer, ReadRequest } from './reading.ts';

/** What is read, and a copy of it that is read instead while it answers. */
interface Source {
  readonly blob: BlobReader;
  kept?: { file: KeptFile; offset: number } | undefined;
}

const sources = new Map<number, Source>();

async function read(source: Source, offset: number, length: number, memory?: ArrayBuffer): Promise<ArrayBuffer> {
  const loan: BlobLoan = {
    take: (bytes) => (memory && memory.byteLength >= bytes ? memory : new ArrayBuffer(bytes)),
    adopt() {},
  };
  if (source.kept) {
    const { file, offset: start } = source.kept;
    const buffer = loan.take(length);
    try {
      await file.read(start + offset, new Uint8Array(buffer, 0, length));
      return buffer;
    } catch {
      // The copy is gone, or another tab has it to itself: the file that it was made of may still be there.
      source.kept = undefined;
    }
  }
  return (await source.blob.read(offset, length, loan)).buffer;
}

/**
 * Reads ranges of Blobs for another worker, so that reading goes on while that one computes and writes: bytes come out of a stream
 * in turns of the thread that asked for them, or out of a copy of the Blob that is kept. Knows nothing of models, to start at once.
 */
addEventListener('message', async ({ data }: MessageEvent<ReadRequest>) => {
  if ('close' in data) {
    sources.get(data.close)?.kept?.file.close();
    sources.delete(data.close);
    return;
  }
  if ('blob' in data) {
    sources.set(data.source, { blob: new BlobReader(data.blob) });
    return;
  }
  if ('kept' in data) {
    const file = new KeptFile(data.kept);
    for (const [i, source] of data.sources.entries()) sources.get(source)!.kept = { file, offset: data.offsets[i] };
    return;
  }
  const { id, source, offset, length, memory } = data;
  const answer = await read(sources.get(source)!, offset, length, memory).then(
    (buffer): ReadAnswer => ({ id, buffer }),
    (error: Error): ReadAnswer => ({ id, error: error.message }),
  );
  postMessage(answer, 'buffer' in answer ? { transfer: [answer.buffer] } : {});
});
