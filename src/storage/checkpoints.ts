import { fileSink, filesIn, folder, remove } from './opfs.ts';

/** What is kept at most: steps remove their own, and what an abandoned run left must not fill the disk. */
const MOST = 16;

/**
 * Where learning keeps its state (`Checkpoints` of `methods/types.ts`), as files of a session's folder: one for each key, replaced whole
 * or not at all. They outlive the worker and the page. Needs a worker.
 */
export async function fileCheckpoints(session: FileSystemDirectoryHandle) {
  const dir = await folder(session, 'checkpoints');
  return {
    async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
      const name = await nameOf(key);
      const file = (await filesIn(dir)).find((f) => f.name === name);
      return file && new Uint8Array(await file.arrayBuffer());
    },
    async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      const name = await nameOf(key);
      const sink = await fileSink(dir, name);
      try {
        await sink.write(bytes);
      } catch (error) {
        await sink.abort();
        throw error;
      }
      await sink.close();
      const files = (await filesIn(dir)).sort((a, b) => b.lastModified - a.lastModified);
      for (const old of files.slice(MOST)) if (old.name !== name) await remove(dir, old.name);
    },
    remove: async (key: string): Promise<void> => remove(dir, await nameOf(key)),
  };
}

/** The same where nothing can be kept on disk: for as long as the worker lives. */
export function memoryCheckpoints() {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    get: async (key: string) => kept.get(key),
    async put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      kept.delete(key);
      kept.set(key, bytes);
      for (const old of kept.keys()) if (kept.size > MOST) kept.delete(old);
    },
    async remove(key: string): Promise<void> {
      kept.delete(key);
    },
  };
}

/** A file name for a key of any length. */
async function nameOf(key: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)));
  return Array.from(digest.subarray(0, 16), (b) => b.toString(16).padStart(2, '0')).join('');
}
