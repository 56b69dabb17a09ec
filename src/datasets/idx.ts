import type { ByteSource } from '../base/source.ts';
import { mismatch, overLimit, unreadable } from './fail.ts';
import { readAnswers } from './labels.ts';
import { MAX_RANK, MAX_SAMPLES } from './limits.ts';
import { readAt, slice } from './sources.ts';
import { arraySamples, product, type StoredArray, type StoredType } from './stored.ts';
import type { Dataset } from './types.ts';

/** IDX, the format of MNIST (LeCun, Cortes, Burges): 0 0 type rank, big-endian dims, then big-endian numbers. */

const TYPES: Readonly<Record<number, Omit<StoredType, 'little'>>> = {
  8: { kind: 'u', size: 1 },
  9: { kind: 'i', size: 1 },
  11: { kind: 'i', size: 2 },
  12: { kind: 'i', size: 4 },
  13: { kind: 'f', size: 4 },
  14: { kind: 'f', size: 8 },
};

/** Whether the source begins as an IDX file does. */
export async function isIdx(source: ByteSource): Promise<boolean> {
  if (source.size < 8) return false;
  const b = await source.read(0, 4);
  return b[0] === 0 && b[1] === 0 && b[2] in TYPES && b[3] >= 1 && b[3] <= MAX_RANK;
}

/** Opens an array without reading its numbers. @throws PareError `data/unreadable` when it is damaged or cut short */
export async function openIdx(source: ByteSource): Promise<StoredArray> {
  const where = source.name;
  if (!(await isIdx(source))) throw unreadable(where, 'it is not an IDX file.');
  const magic = await readAt(source, 0, 4);
  const rank = magic[3];
  const head = await readAt(source, 4, rank * 4);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(i * 4));
  const type: StoredType = { ...TYPES[magic[2]], little: false };
  const bytes = product(dims) * type.size;
  if (!Number.isSafeInteger(bytes)) throw overLimit(where, `its shape ${dims.join('×')} is beyond any file.`);
  const at = 4 + rank * 4;
  if (at + bytes < source.size) {
    throw unreadable(where, `it has ${source.size - at - bytes} bytes more than its shape ${dims.join('×')} takes.`);
  }
  return { name: where, type, dims, source: slice(source, at, bytes, where) };
}

/**
 * Samples, and their labels where there is a second file. Which is which follows from the ranks: labels have one
 * dimension. Several pairs at once (MNIST's four files) are paired by name, and `split` picks one.
 */
export async function idxDataset(sources: readonly ByteSource[], split: 'train' | 'test' = 'test'): Promise<Dataset> {
  const arrays = await Promise.all(sources.map(openIdx));
  const images = pick(
    arrays.filter((a) => a.dims.length > 1),
    split,
  );
  if (!images) {
    throw unreadable(sources[0].name, 'it holds labels only.', 'Add the file with the images (…-images-idx3-ubyte).');
  }
  if (images.dims.includes(0)) throw unreadable(images.name, 'it is empty.');
  if (images.dims[0] > MAX_SAMPLES) throw overLimit(images.name, `it has ${images.dims[0]} samples.`);
  const flat = arrays.filter((a) => a.dims.length === 1);
  const labels = flat.length > 1 ? pick(flat, split) : flat[0];
  if (flat.length === 1 && arrays.length > 2 && flat[0].dims[0] !== images.dims[0]) {
    throw mismatch(flat[0].name, 'it belongs to another of the image files.', 'Open one pair at a time.');
  }
  const answers = labels ? await readAnswers(labels, images.dims[0]) : {};
  return { ...arraySamples(images), ...answers, kind: 'idx' };
}

/** The file of the wanted split: MNIST's are `t10k-…` and `train-…`. */
function pick(arrays: readonly StoredArray[], split: 'train' | 'test'): StoredArray | undefined {
  const isTrain = (a: StoredArray) => /train/i.test(a.name);
  return arrays.find((a) => isTrain(a) === (split === 'train')) ?? arrays[0];
}
