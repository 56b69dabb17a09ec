import type { ByteSource } from '../base/source.ts';
import { unreadable } from './fail.ts';
import { idxDataset, isIdx } from './idx.ts';
import { IMAGE_MAGIC_BYTES, imageMime } from './imageKind.ts';
import { type ImageFile, imagesDataset, isImagePath } from './images.ts';
import { MAX_IMAGE_FILE_BYTES } from './limits.ts';
import { isNpy, openNpy } from './npy.ts';
import { arraysDataset, type NamedArray, npzArrays } from './npz.ts';
import { gunzip, isGzip } from './sources.ts';
import { csvDataset } from './table.ts';
import type { Dataset, ImageDecoder, InputSpec } from './types.ts';
import { isZip, listZip, openEntry, type ZipEntry } from './zip.ts';

export interface OpenOptions {
  /** Needed for images only: the browser and Node each bring their own (`decode.browser.ts`, `decode.node.ts`). */
  decodeImage?: ImageDecoder;
  /** The model's inputs, where known: their names pick arrays from an npz, and their dims settle a CSV without labels. */
  inputs?: readonly InputSpec[];
  /** CSV only: the label's column by name or number from 0; `null` for a table without labels. */
  labelColumn?: string | number | null;
  /** Where a file holds both a training and a test part. Measuring wants `test`, the default; calibrating wants `train`. */
  split?: 'train' | 'test';
}

type Kind = 'zip' | 'npy' | 'idx' | 'image' | 'csv';

/**
 * Recognises what was dropped, by content first and by name second, and opens it: an npz, one or two .npy, IDX files, a table,
 * a zip of images, or the files of a folder (their names are their paths, with `/` between folders). All but IDX and
 * folders may come one at a time; .gz is unpacked first.
 * @throws PareError `data/unreadable`, `data/shape-mismatch` or `data/limit`, naming the file
 */
export async function openDataset(files: readonly ByteSource[], options: OpenOptions = {}): Promise<Dataset> {
  const wanted = files.filter((f) => !/(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/.test(f.name));
  if (wanted.length === 0) throw unreadable(files[0]?.name ?? 'data', 'there is nothing in it to read.');
  const images = wanted.filter((f) => isImagePath(f.name));
  // A folder of a thousand pictures is not sniffed file by file: what is in each shows when it is read.
  const beside = wanted.filter((f) => !isImagePath(f.name));
  if (images.length > 0 && beside.every((f) => /\.(csv|tsv|txt|md|json)$/i.test(f.name))) {
    return openFolder(beside, images, options);
  }

  const opened = await Promise.all(wanted.map(async (f) => ((await isGzip(f)) ? gunzip(f) : f)));
  const kinds = await Promise.all(opened.map(recognise));
  const of = (kind: Kind) => opened.filter((_, i) => kinds[i] === kind);
  const single = (kind: Kind) => (of(kind).length === opened.length && opened.length === 1 ? opened[0] : undefined);

  const zip = single('zip');
  if (zip) return openArchive(zip, options);
  if (of('idx').length === opened.length) return idxDataset(opened, options.split);
  if (of('npy').length === opened.length) {
    const arrays: NamedArray[] = opened.map((f) => ({ name: baseName(f.name), open: () => openNpy(f) }));
    return arraysDataset(opened.length === 1 ? opened[0].name : opened.map((f) => f.name).join(' + '), arrays, options);
  }
  const csv = single('csv');
  if (csv) return csvDataset(csv, options);
  const pictures = of('image');
  if (pictures.length > 0 && pictures.length + of('csv').length === opened.length)
    return openFolder(of('csv'), pictures, options);
  throw unreadable(
    opened
      .map((f) => f.name)
      .slice(0, 4)
      .join(', '),
    'these files do not belong together as data.',
    'Open one .npz, .csv or zip, an IDX pair, x.npy with y.npy, or a folder of images.',
  );
}

async function recognise(source: ByteSource): Promise<Kind> {
  if (source.size === 0) throw unreadable(source.name, 'the file is empty.');
  if (await isZip(source)) return 'zip';
  if (await isNpy(source)) return 'npy';
  if (await isIdx(source)) return 'idx';
  if (imageMime(await source.read(0, Math.min(IMAGE_MAGIC_BYTES, source.size)))) return 'image';
  if (/\.(npz|zip)$/i.test(source.name)) throw unreadable(source.name, 'it does not begin as a zip does.');
  if (/\.npy$/i.test(source.name)) throw unreadable(source.name, 'it does not begin as a NumPy array does.');
  if (/idx\d|ubyte$/i.test(source.name)) throw unreadable(source.name, 'it does not begin as an IDX file does.');
  if (isImagePath(source.name)) throw unreadable(source.name, 'it does not begin as an image does.');
  return 'csv';
}

/** A name without folders and ending. */
function baseName(name: string): string {
  return name.replace(/^.*\//, '').replace(/\.npy$/i, '');
}

/** Images, and the first table among the files beside them for labels. */
function openFolder(
  beside: readonly ByteSource[],
  images: readonly ByteSource[],
  options: OpenOptions,
): Promise<Dataset> {
  const table = beside.find((f) => /\.(csv|tsv)$/i.test(f.name));
  const root = images[0].name.includes('/') ? images[0].name.split('/')[0] : 'images';
  const found: ImageFile[] = images.map((f) => ({ path: f.name, open: async () => f }));
  return imagesDataset(root, found, options, table);
}

/** What a zip holds decides: arrays, images, or exactly one other data file (or an IDX pair) packed. */
async function openArchive(zip: ByteSource, options: OpenOptions): Promise<Dataset> {
  const entries = (await listZip(zip)).filter((e) => !/(^|\/)(\.|__MACOSX\/|Thumbs\.db$)/.test(e.path));
  if (entries.length === 0) throw unreadable(zip.name, 'the archive is empty.');
  if (entries.some((e) => /\.npy$/i.test(e.path))) return arraysDataset(zip.name, npzArrays(zip, entries), options);
  const images = entries.filter((e) => isImagePath(e.path));
  if (images.length > 0) {
    const table = entries.find((e) => /\.(csv|tsv)$/i.test(e.path));
    const found = images.map((e) => ({ path: e.path, open: () => openEntry(zip, e, MAX_IMAGE_FILE_BYTES) }));
    return imagesDataset(zip.name, found, options, table && (await openEntry(zip, table)));
  }
  const data = entries.filter((e: ZipEntry) => /\.(csv|tsv|gz)$|ubyte$|idx\d/i.test(e.path));
  if (data.length === 0 || data.length > 4) {
    throw unreadable(
      zip.name,
      'it holds neither arrays nor images nor one table.',
      'Pack one folder per class, or save an .npz.',
    );
  }
  // The entries are data files, never another archive: a zip inside a zip is refused here.
  const packed = await Promise.all(data.map((e) => openEntry(zip, e)));
  const inner = await Promise.all(packed.map(async (f) => ((await isGzip(f)) ? gunzip(f) : f)));
  for (const source of inner) if (await isZip(source)) throw unreadable(source.name, 'it is a zip inside a zip.');
  return openDataset(inner, options);
}
