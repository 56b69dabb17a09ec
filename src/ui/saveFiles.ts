import { saveBlob } from './exportChart.ts';

/** A file and what it is to be called. */
export interface NamedBlob {
  name: string;
  blob: Blob;
}

// Chromium's; TypeScript does not declare them, since other browsers have not.
interface Pickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
  showDirectoryPicker?(options: { mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}

/**
 * Saves files where the person says, streamed from wherever they are: one where and as they like; several, which know each other by
 * name, into a folder. Where there is no picker they become downloads. Files appear under their names when they are whole.
 * @returns false when the person picked nothing
 * @throws DOMException when there is no room or no permission to write
 */
export async function saveFiles(files: readonly NamedBlob[]): Promise<boolean> {
  let targets: FileSystemFileHandle[] | undefined;
  try {
    targets = await pick(files);
  } catch (error) {
    const { name } = error as DOMException;
    if (name === 'AbortError') return false;
    // The click that asked for it was too long ago, or this page may not ask.
    if (name !== 'SecurityError') throw error;
  }
  if (!targets) {
    for (const { blob, name } of files) saveBlob(blob, name);
    return true;
  }
  for (const [i, { blob }] of files.entries()) await blob.stream().pipeTo(await targets[i].createWritable());
  return true;
}

/** The files to write, or undefined where the browser has no picker for as many. */
async function pick(files: readonly NamedBlob[]): Promise<FileSystemFileHandle[] | undefined> {
  const { showSaveFilePicker, showDirectoryPicker } = window as Pickers;
  if (files.length === 1) {
    return showSaveFilePicker && [await showSaveFilePicker.call(window, { suggestedName: files[0].name })];
  }
  if (!showDirectoryPicker) return undefined;
  const folder = await showDirectoryPicker.call(window, { mode: 'readwrite' });
  return Promise.all(files.map((f) => folder.getFileHandle(f.name, { create: true })));
}
