import { type BlobLoan, BlobReader } from '../src/base/blobs.ts';
import type { ReadAnswer, ReadRequest } from './reading.ts';

/**
 * Reads ranges of Blobs for another worker, so that reading goes on while that one computes and writes: bytes come out of a stream
 * in turns of the thread that asked for them. Knows nothing of models, to start at once.
 */
const readers = new Map<number, BlobReader>();

addEventListener('message', async ({ data }: MessageEvent<ReadRequest>) => {
  if ('close' in data) {
    readers.delete(data.close);
    return;
  }
  if ('blob' in data) {
    readers.set(data.source, new BlobReader(data.blob));
    return;
  }
  const { id, source, offset, length, memory } = data;
  const loan: BlobLoan = {
    take: (bytes) => (memory && memory.byteLength >= bytes ? memory : new ArrayBuffer(bytes)),
    adopt() {},
  };
  const answer = await readers
    .get(source)!
    .read(offset, length, loan)
    .then(
      ({ buffer }): ReadAnswer => ({ id, buffer }),
      (error: Error): ReadAnswer => ({ id, error: error.message }),
    );
  postMessage(answer, 'buffer' in answer ? { transfer: [answer.buffer] } : {});
});
