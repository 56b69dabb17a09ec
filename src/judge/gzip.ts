import { MiB } from '../base/limits.ts';
import { checkCancelled } from '../base/progress.ts';
import type { ByteSource } from '../base/source.ts';

const PIECE = 1 * MiB;

/** Bytes that a source takes after gzip (level 6, the platform's own), streamed: nothing is kept. */
export async function gzipBytes(source: ByteSource, signal?: AbortSignal): Promise<number> {
  const stream = new CompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const count = (async () => {
    let total = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return total;
      total += value.byteLength;
    }
  })();
  try {
    for (let at = 0; at < source.size; at += PIECE) {
      checkCancelled(signal);
      await writer.write(await source.read(at, Math.min(PIECE, source.size - at)));
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error);
    await count.catch(() => {});
    throw error;
  }
  return count;
}
