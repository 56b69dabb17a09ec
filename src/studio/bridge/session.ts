import { del, get, keys, set } from 'idb-keyval';
import { folder, privateRoot, remove } from '../../storage/opfs.ts';

/**
 * A session is what a tab holds: a folder in the private file system for its files, a record in IndexedDB for its state,
 * and a lock that says whether a tab has it. A reload takes up its own; a new tab takes up the last one that no other
 * tab holds, so that closing the browser loses nothing.
 */
const KEY = 'pare.session';
/** Sessions that no tab holds are kept this many deep. */
const KEPT = 3;

export interface SessionRecord {
  savedAt: number;
}

const recordKey = (id: string) => `session:${id}`;

/** Holds the lock for as long as the tab lives; false when another tab holds it. */
function hold(id: string): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`${KEY}:${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}

async function records(): Promise<{ id: string; savedAt: number }[]> {
  const ids = (await keys<string>()).filter((k) => k.startsWith('session:')).map((k) => k.slice('session:'.length));
  const list = await Promise.all(
    ids.map(async (id) => ({ id, savedAt: (await get<SessionRecord>(recordKey(id)))?.savedAt ?? 0 })),
  );
  return list.sort((a, b) => b.savedAt - a.savedAt);
}

/** Takes up this tab's session, or the last one left, or a new one. */
export async function takeSession(): Promise<string> {
  const own = sessionStorage.getItem(KEY);
  const found = (own && (await hold(own)) ? own : undefined) ?? (await lastFree()) ?? (await fresh());
  sessionStorage.setItem(KEY, found);
  return found;
}

async function fresh(): Promise<string> {
  const id = crypto.randomUUID();
  await hold(id);
  return id;
}

async function lastFree(): Promise<string | undefined> {
  let taken: string | undefined;
  let free = 0;
  for (const { id } of await records().catch(() => [])) {
    if (!taken && (await hold(id))) taken = id;
    else if (++free > KEPT && (await hold(id))) await forget(id);
  }
  return taken;
}

/** Reads a session's record. */
export function loadRecord<T extends SessionRecord>(id: string): Promise<T | undefined> {
  return get<T>(recordKey(id));
}

/** Writes a session's record whole. */
export function saveRecord<T extends SessionRecord>(id: string, record: T): Promise<void> {
  return set(recordKey(id), record);
}

/** The session's folder; undefined where there is no private file system. */
export async function sessionFolder(id: string): Promise<FileSystemDirectoryHandle | undefined> {
  const root = await privateRoot();
  return root && folder(root, `sessions/${id}`);
}

/** Removes all that a session has. */
export async function forget(id: string): Promise<void> {
  await del(recordKey(id));
  const root = await privateRoot();
  if (root) await remove(await folder(root, 'sessions'), id);
}
