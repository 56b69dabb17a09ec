import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Checkpoints } from '../methods/types.ts';
import { fileSink } from './files.ts';

/**
 * Where learning keeps its state while OUT is being made: a hidden folder beside it, so that a run that was interrupted goes on where it
 * was. Made with the first checkpoint; `clear` removes it once OUT is whole.
 */
export function checkpointsBeside(out: string): Checkpoints & { clear(): Promise<void> } {
  const dir = join(dirname(out), `.${basename(out)}.checkpoints`);
  const file = (key: string) => join(dir, createHash('sha256').update(key).digest('hex').slice(0, 32));
  return {
    async get(key) {
      const bytes = await readFile(file(key)).catch(() => undefined);
      // A copy of its own: Node reads small files into a buffer that others share.
      return bytes && new Uint8Array(bytes);
    },
    async put(key, bytes) {
      await mkdir(dir, { recursive: true });
      const sink = await fileSink(file(key));
      try {
        await sink.write(bytes);
      } catch (error) {
        await sink.abort();
        throw error;
      }
      await sink.close();
    },
    remove: (key) => rm(file(key), { force: true }),
    clear: () => rm(dir, { recursive: true, force: true }),
  };
}
