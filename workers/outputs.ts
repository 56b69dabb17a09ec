import type { ByteSink } from '../src/base/source.ts';
import { blobSink, fileSink, filesIn, folder, privateRoot, remove } from '../src/storage/opfs.ts';

/** The session's folder; undefined where there is no private file system, or no session. */
export async function sessionFolder(session: string): Promise<FileSystemDirectoryHandle | undefined> {
  const root = session ? await privateRoot() : undefined;
  return root && folder(root, `sessions/${session}`);
}

/** Where outputs go: files of the session, or Blobs where there is no private file system. */
export async function output(session: string, name: string): Promise<{ sink: ByteSink; file(): Promise<File> }> {
  const base = await sessionFolder(session);
  if (!base) {
    const sink = blobSink(name);
    return { sink, file: async () => sink.file() };
  }
  const dir = await folder(base, 'out');
  return { sink: await fileSink(dir, name), file: async () => (await dir.getFileHandle(name)).getFile() };
}

/** The number of the last output there is; 0 where there is none. */
export async function lastOutput(session: string): Promise<number> {
  const base = await sessionFolder(session).catch(() => undefined);
  const old = base ? await filesIn(await folder(base, 'out')) : [];
  return Math.max(0, ...old.map((f) => Number.parseInt(f.name, 10) || 0));
}

/** Removes the outputs of earlier runs but the last one, which may still be in use. */
export async function tidy(session: string, keep: number): Promise<void> {
  const base = await sessionFolder(session);
  if (!base) return;
  const dir = await folder(base, 'out');
  for (const { name } of await filesIn(dir)) {
    const number = Number.parseInt(name, 10);
    if (number < keep - 1) await remove(dir, name).catch(() => {});
  }
}
