/** A file that was dropped, picked or pasted, with its path inside what was dropped: `weights/model.bin`. */
export interface DroppedFile {
  path: string;
  file: File;
}

/** More files or a deeper tree than this in one drop is an accident (a home folder), not a model or a data set. */
export const dropLimits = { files: 200_000, depth: 16 } as const;

/** Whether what is dragged over the page are files. */
export const carriesFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false;

const readBatch = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));

const readFile = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

async function walk(entry: FileSystemEntry, prefix: string, depth: number, found: DroppedFile[]): Promise<void> {
  if (found.length >= dropLimits.files || depth > dropLimits.depth) return;
  const path = prefix + entry.name;
  if (entry.isFile) {
    found.push({ path, file: await readFile(entry as FileSystemFileEntry) });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // readEntries hands out at most 100 at a time and ends with an empty batch.
  for (let batch = await readBatch(reader); batch.length > 0; batch = await readBatch(reader))
    for (const child of batch) await walk(child, `${path}/`, depth + 1, found);
}

/**
 * All files of a drop or a paste, folders walked to their leaves, in the order of the drop. Call it inside the event: the list of
 * entries is emptied when the handler returns, so entries are taken before the first await. Rejects when the browser cannot read one.
 */
export async function filesOf(transfer: DataTransfer): Promise<DroppedFile[]> {
  const entries: FileSystemEntry[] = [];
  const plain: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) entries.push(entry);
    else if (file) plain.push(file);
  }
  const found: DroppedFile[] = plain.map((file) => ({ path: file.name, file }));
  for (const entry of entries) await walk(entry, '', 0, found);
  return found;
}

/** The files of an `<input type=file>`, with the folder's paths when a folder was picked. */
export function pickedFiles(files: Iterable<File>): DroppedFile[] {
  return Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
}
