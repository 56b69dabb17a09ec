import { PareError } from '../base/errors.ts';
import type { ByteSource } from '../base/source.ts';
import { findDelimiter, isHeader, parseCsv } from './csv.ts';
import { overLimit, unreadable } from './fail.ts';
import { imageKind } from './imageKind.ts';
import { MAX_FILES, MAX_IMAGE_FILE_BYTES } from './limits.ts';
import type { OpenOptions } from './open.ts';
import { checkIndex } from './stored.ts';
import { readText } from './table.ts';
import type { Dataset, DecodedImage, ImageDecoder } from './types.ts';

/** A file in a folder or a zip, opened only when its sample is read. */
export interface ImageFile {
  /** With `/` between folders. */
  readonly path: string;
  open(): Promise<ByteSource>;
}

const SPLITS = ['test', 'val', 'valid', 'validation', 'train'];

/** Whether a path looks like an image worth reading: by ending, and not one of the files that systems leave behind. */
export function isImagePath(path: string): boolean {
  return /\.(png|jpe?g|webp|gif|bmp)$/i.test(path) && !/(^|\/)(\.|__MACOSX\/)/.test(path);
}

/**
 * Images, labelled by the folder each lies in or by a table of (filename, label). Folders named train, val and test are splits,
 * and `options.split` picks one (test first). Class folders are in code-point order, as torchvision's ImageFolder has them;
 * folders that are all whole numbers mean those numbers.
 * @throws PareError `data/unreadable` when there are no images, when no decoder was given, or when a label is missing
 */
export async function imagesDataset(
  name: string,
  found: readonly ImageFile[],
  options: OpenOptions,
  labelTable?: ByteSource,
): Promise<Dataset> {
  const { decodeImage } = options;
  if (!decodeImage) throw unreadable(name, 'images cannot be decoded here.', 'Save them as arrays in an .npz.');
  if (found.length > MAX_FILES) throw overLimit(name, `it has ${found.length} images; the limit is ${MAX_FILES}.`);
  const sorted = [...found].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const files = pickSplit(sorted, options.split);
  if (files.length === 0) throw unreadable(name, 'it holds no images.');
  const answers = labelTable ? await tableLabels(files, labelTable) : folderLabels(files);
  return {
    name,
    kind: 'images',
    count: files.length,
    sampleDims: null,
    bytes: true,
    ...answers,
    async read(indices) {
      const images: DecodedImage[] = [];
      for (let i = 0; i < indices.length; i++) {
        checkIndex(indices[i], files.length, name);
        images.push(await decode(files[indices[i]], decodeImage));
      }
      return { kind: 'images', images };
    },
  };
}

async function decode(file: ImageFile, decodeImage: ImageDecoder): Promise<DecodedImage> {
  const source = await file.open();
  if (source.size > MAX_IMAGE_FILE_BYTES) throw overLimit(file.path, `the image file takes ${source.size} bytes.`);
  const bytes = await source.read(0, source.size);
  const { mime } = imageKind(bytes, file.path);
  try {
    return await decodeImage(bytes, mime);
  } catch (cause) {
    // The decoder knows what is wrong and not with which file.
    const { code, message } = PareError.from(cause);
    throw new PareError(
      code === 'internal' ? 'data/unreadable' : code,
      `${file.path}: the image cannot be decoded (${message.replace(/[.\s]+$/, '')}).`,
      { where: file.path, hint: 'Remove it, or save it again as PNG.', cause },
    );
  }
}

/** The files of one split where folders name splits; else all of them. */
function pickSplit(files: readonly ImageFile[], split: OpenOptions['split']): readonly ImageFile[] {
  const splitOf = (file: ImageFile) => {
    // The last folder is the class; a split lies above it.
    return file.path
      .toLowerCase()
      .split('/')
      .slice(0, -2)
      .find((part) => SPLITS.includes(part));
  };
  const present = new Set(files.map(splitOf));
  const order = split === 'train' ? [...SPLITS].reverse() : SPLITS;
  const chosen = order.find((s) => present.has(s));
  return chosen ? files.filter((file) => splitOf(file) === chosen) : files;
}

function folderLabels(files: readonly ImageFile[]): Pick<Dataset, 'labels' | 'classes'> {
  const folders = files.map((file) => file.path.split('/').at(-2) ?? '');
  const names = [...new Set(folders)].sort();
  // One folder for all says nothing.
  if (names.length < 2) return {};
  if (names.every((n) => /^\d{1,6}$/.test(n))) return { labels: Int32Array.from(folders, Number) };
  const index = new Map(names.map((n, i) => [n, i]));
  return { labels: Int32Array.from(folders, (f) => index.get(f)!), classes: names };
}

/** Labels from a table whose first column is a file's path or name, and whose second is its class. */
async function tableLabels(
  files: readonly ImageFile[],
  source: ByteSource,
): Promise<Pick<Dataset, 'labels' | 'classes'>> {
  const text = await readText(source);
  const rows = [...parseCsv(text, findDelimiter(text), source.name)];
  const named = isHeader(rows[0]?.cells ?? [], rows[1]?.cells) || !isImagePath(rows[0]?.cells[0] ?? '');
  const labelOf = new Map<string, string>();
  for (const { cells, line } of named ? rows.slice(1) : rows) {
    if (cells.length < 2)
      throw unreadable(source.name, `line ${line} has no label.`, 'It needs two columns: filename, label.');
    labelOf.set(cells[0].replaceAll('\\', '/'), cells[1]);
  }
  const texts = files.map(({ path }) => {
    const parts = path.split('/');
    // The table may name the file alone, or with the folders above it.
    for (let from = parts.length - 1; from >= 0; from--) {
      const label = labelOf.get(parts.slice(from).join('/'));
      if (label) return label;
    }
    throw unreadable(source.name, `it has no label for ${path}.`, 'Add the row or remove the image.');
  });
  if (texts.every((t) => /^\d{1,9}$/.test(t))) return { labels: Int32Array.from(texts, Number) };
  const classes = [...new Set(texts)].sort();
  const index = new Map(classes.map((c, i) => [c, i]));
  return { classes, labels: Int32Array.from(texts, (t) => index.get(t)!) };
}
