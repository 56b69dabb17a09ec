import { MiB } from '../base/limits.ts';
import { checkCancelled } from '../base/progress.ts';
import { blobSource } from '../base/source.ts';
import { fileSink, filesIn, readText, remove, writeText } from './opfs.ts';

/** A file with the path it had when it was dropped. */
export interface PackedFile {
  path: string;
  blob: Blob;
}

/** Before the SHA-256 of a model that a step asks for beside the open one: what its pack is called. */
export const OTHER_PACK = 'other-';

/** What a pack's list says of a file. */
interface Entry {
  path: string;
  offset: number;
  size: number;
  type: string;
  /** Of a file from a disk; packs of earlier versions have none. */
  lastModified?: number;
}

/** Where the files of a pack begin in it. */
export interface Places {
  handle: FileSystemFileHandle;
  offsets: number[];
}

const PIECE = 8 * MiB;
/** Left free on the disk for outputs. */
const MARGIN = 64 * MiB;

/**
 * Writes many files as one, with a list of what is where beside it. A folder of 10,000 images is then one file to make,
 * to find again and to remove. The list comes last, so that a pack without one is not a pack. Needs a worker.
 * @param turn awaited before each piece, so that more urgent work can go first
 * @returns false when the disk has no room for it
 */
export async function writePack(
  dir: FileSystemDirectoryHandle,
  name: string,
  files: readonly PackedFile[],
  signal?: AbortSignal,
  turn?: () => Promise<unknown>,
): Promise<boolean> {
  const size = files.reduce((n, f) => n + f.blob.size, 0);
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  if (size + MARGIN > quota - usage) return false;
  await remove(dir, `${name}.json`);
  const sink = await fileSink(dir, `${name}.pack`);
  const list: Entry[] = [];
  try {
    let offset = 0;
    for (const { path, blob } of files) {
      const source = blobSource(blob, path);
      for (let at = 0; at < blob.size; at += PIECE) {
        await turn?.();
        checkCancelled(signal);
        await sink.write(await source.read(at, Math.min(PIECE, blob.size - at)));
      }
      list.push({ path, offset, size: blob.size, type: blob.type, lastModified: modifiedAt(blob) });
      offset += blob.size;
    }
    await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
  await writeText(dir, `${name}.json`, JSON.stringify(list));
  return true;
}

/** The files of a pack, as slices of it; undefined when there is no whole pack. */
export async function readPack(dir: FileSystemDirectoryHandle, name: string): Promise<PackedFile[] | undefined> {
  const list = await listOf(dir, name);
  if (!list) return undefined;
  const pack = await (await dir.getFileHandle(`${name}.pack`)).getFile();
  return list.map(({ path, offset, size, ...rest }) => ({
    path,
    blob: new File([pack.slice(offset, offset + size)], path.split('/').pop()!, rest),
  }));
}

/** Where these very files lie in a pack of them alone, as far as name, size and time tell; undefined when it is not whole, or of others. */
export async function placesOf(
  dir: FileSystemDirectoryHandle,
  name: string,
  files: readonly PackedFile[],
): Promise<Places | undefined> {
  const list = await listOf(dir, name);
  if (list?.length !== files.length) return undefined;
  const entries = files.map(({ path, blob }) =>
    list.find((e) => e.path === path && e.size === blob.size && e.lastModified === modifiedAt(blob)),
  );
  if (!entries.every((e) => e?.lastModified !== undefined)) return undefined;
  return { handle: await dir.getFileHandle(`${name}.pack`), offsets: entries.map((e) => e!.offset) };
}

async function listOf(dir: FileSystemDirectoryHandle, name: string): Promise<Entry[] | undefined> {
  const text = await readText(dir, `${name}.json`);
  return text === undefined ? undefined : (JSON.parse(text) as Entry[]);
}

const modifiedAt = (blob: Blob): number | undefined => (blob instanceof File ? blob.lastModified : undefined);

/** Removes the packs whose names begin so, but for the newest ones. */
export async function forgetOldest(dir: FileSystemDirectoryHandle, prefix: string, most: number): Promise<void> {
  const lists = (await filesIn(dir)).filter((f) => f.name.startsWith(prefix) && f.name.endsWith('.json'));
  lists.sort((a, b) => b.lastModified - a.lastModified);
  for (const { name } of lists.slice(most)) {
    await remove(dir, name);
    await remove(dir, name.replace(/json$/, 'pack'));
  }
}
