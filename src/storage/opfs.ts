import { PareError } from '../base/errors.ts';
import type { ByteSink } from '../base/source.ts';

/**
 * The origin's private file system (OPFS): where a session's files live, so that a reload finds them. Everything here
 * works in a page and in a worker alike; the sink is fastest in a worker, where it writes without copies.
 */

/** Whether this browser, in this mode, has a private file system at all. */
export async function privateRoot(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await navigator.storage?.getDirectory();
  } catch {
    // Private windows of some browsers have the method and refuse the call.
    return undefined;
  }
}

/** A folder by path, made when missing. */
export async function folder(root: FileSystemDirectoryHandle, path: string): Promise<FileSystemDirectoryHandle> {
  let dir = root;
  for (const part of path.split('/').filter(Boolean)) dir = await dir.getDirectoryHandle(part, { create: true });
  return dir;
}

/** A worker has a file open for a moment after it read or wrote it, or was ended: as often is removing it tried, so long apart in ms. */
const TRIES = 10;
const BETWEEN_MS = 100;

/** Removes a file or a folder with all in it; not being there is fine. */
export async function remove(dir: FileSystemDirectoryHandle, name: string): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      return await dir.removeEntry(name, { recursive: true });
    } catch (error) {
      const { name: why } = error as DOMException;
      if (why === 'NotFoundError') return;
      if (why !== 'NoModificationAllowedError' || left === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }
}

/** The files directly in a folder, by name. */
export async function filesIn(dir: FileSystemDirectoryHandle): Promise<File[]> {
  const files: File[] = [];
  for await (const handle of dir.values()) {
    if (handle.kind === 'file') files.push(await (handle as FileSystemFileHandle).getFile());
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A small text file's contents; undefined when it is not there. */
export async function readText(dir: FileSystemDirectoryHandle, name: string): Promise<string | undefined> {
  try {
    return await (await (await dir.getFileHandle(name)).getFile()).text();
  } catch (error) {
    if ((error as DOMException).name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Writes a small text file; it is replaced whole or not at all. */
export async function writeText(dir: FileSystemDirectoryHandle, name: string, text: string): Promise<void> {
  const writable = await (await dir.getFileHandle(name, { create: true })).createWritable();
  await writable.write(text);
  await writable.close();
}

/** What a storage failure means to the person: no room is the one cause they can mend. */
export function storageError(error: unknown, name: string): PareError {
  const full = (error as DOMException).name === 'QuotaExceededError';
  return new PareError('storage/failed', full ? `No room left to write ${name}.` : `${name} could not be written.`, {
    where: name,
    hint: full ? 'Free some disk space, or let this site use more in the browser settings.' : undefined,
    cause: error,
  });
}

/** A sink into a file of `dir` that appears under its name only when it is whole. Needs a worker. */
export async function fileSink(dir: FileSystemDirectoryHandle, name: string): Promise<ByteSink> {
  const part = `${name}.part`;
  await remove(dir, part);
  const handle = await dir.getFileHandle(part, { create: true });
  const access = await handle.createSyncAccessHandle();
  let at = 0;
  return {
    async write(bytes) {
      try {
        for (let done = 0; done < bytes.byteLength; ) {
          const n = access.write(bytes.subarray(done), { at });
          if (n <= 0) throw new DOMException('nothing was written', 'QuotaExceededError');
          done += n;
          at += n;
        }
      } catch (error) {
        throw storageError(error, name);
      }
    },
    async close() {
      access.flush();
      access.close();
      await (handle as FileSystemFileHandle & { move(name: string): Promise<void> }).move(name);
    },
    async abort() {
      access.close();
      await remove(dir, part);
    },
  };
}

/** A sink that gathers a Blob, for browsers without a private file system. */
export function blobSink(name: string): ByteSink & { file(): File } {
  let parts: Blob[] = [];
  return {
    async write(bytes) {
      parts.push(new Blob([bytes]));
    },
    async close() {},
    async abort() {
      parts = [];
    },
    file: () => new File(parts, name),
  };
}
