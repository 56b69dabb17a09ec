import { type ByteSource, memorySource } from '../base/source.ts';
import { overLimit, unreadable } from './fail.ts';
import { MAX_ARRAY_BYTES, MAX_NPY_HEADER_BYTES, MAX_RANK } from './limits.ts';
import { readAt, slice } from './sources.ts';
import { product, type StoredArray, type StoredType } from './stored.ts';

/** NumPy's array file (numpy/lib/format.py, versions 1.0, 2.0 and 3.0). */

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Whether the source begins as a .npy does. */
export async function isNpy(source: ByteSource): Promise<boolean> {
  if (source.size < 10) return false;
  const head = await source.read(0, 6);
  return MAGIC.every((b, i) => head[i] === b);
}

/**
 * Opens an array without reading its numbers, unless it is in Fortran order: then it is read and put in C order.
 * @throws PareError `data/unreadable` for a damaged header, a file cut short, or a dtype that is no number
 */
export async function openNpy(source: ByteSource): Promise<StoredArray> {
  const where = source.name;
  if (!(await isNpy(source))) throw unreadable(where, 'it is not a NumPy array.');
  const fixed = await readAt(source, 6, 4);
  const version = fixed[0];
  if (version < 1 || version > 3) throw unreadable(where, `.npy version ${version} is unknown.`);
  const long = version > 1;
  const lengthBytes = await readAt(source, 8, long ? 4 : 2);
  const view = new DataView(lengthBytes.buffer, lengthBytes.byteOffset, lengthBytes.byteLength);
  const headerLength = long ? view.getUint32(0, true) : view.getUint16(0, true);
  if (headerLength > MAX_NPY_HEADER_BYTES) throw overLimit(where, `its header takes ${headerLength} bytes.`);
  const headerAt = long ? 12 : 10;
  const header = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(
    await readAt(source, headerAt, headerLength),
  );
  const { type, dims, fortran } = parseHeader(header, where);
  const bytes = product(dims) * type.size;
  if (!Number.isSafeInteger(bytes)) throw overLimit(where, `its shape (${dims.join(', ')}) is beyond any file.`);
  const data = slice(source, headerAt + headerLength, bytes, where);
  if (!fortran || dims.filter((d) => d !== 1).length < 2) return { name: where, type, dims, source: data };
  if (bytes > MAX_ARRAY_BYTES) {
    throw overLimit(
      where,
      `in Fortran order it must be held whole, and it takes ${bytes} bytes.`,
      'Save it in C order.',
    );
  }
  return {
    name: where,
    type,
    dims,
    source: memorySource(toRowMajor(await data.read(0, bytes), dims, type.size), where),
  };
}

/** The three fields of a header, which is a Python dict literal. Nothing is evaluated. */
function parseHeader(header: string, where: string): { type: StoredType; dims: number[]; fortran: boolean } {
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(header)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined && /['"]descr['"]\s*:\s*\[/.test(header)) {
    throw unreadable(
      where,
      'structured arrays are not numbers for a model.',
      'Save each field as an array of its own.',
    );
  }
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw unreadable(where, 'its .npy header is damaged.');
  }
  const parts = shape.split(',').map((s) => s.trim());
  // "(3,)" and "(2, 3)" and "()": only the last part may be empty. Python 2 wrote long integers as 3L.
  if (parts.at(-1) === '') parts.pop();
  const dims = parts.map((s) => (/^\d{1,15}L?$/.test(s) ? Number.parseInt(s, 10) : Number.NaN));
  if (dims.some(Number.isNaN)) throw unreadable(where, `its shape (${shape}) is damaged.`);
  if (dims.length > MAX_RANK) throw overLimit(where, `it has ${dims.length} dimensions; the limit is ${MAX_RANK}.`);
  return { type: parseDescr(descr, where), dims, fortran: fortran === 'True' };
}

function parseDescr(descr: string, where: string): StoredType {
  const match = /^([<>|=]?)([fiub?])([1248]?)$/.exec(descr);
  const kind = match?.[2] === '?' ? 'b' : match?.[2];
  const size = Number(match?.[3] || 1);
  const known = kind === 'f' ? size > 1 : kind === 'b' ? size === 1 : kind === 'i' || kind === 'u';
  if (!match || !known) {
    const object = descr.includes('O');
    throw unreadable(
      where,
      object ? 'it holds pickled Python objects, which are never opened.' : `dtype ${descr} is not a number we read.`,
      'Save it as float32, uint8 or another plain number.',
    );
  }
  return { kind: kind as StoredType['kind'], size: size as StoredType['size'], little: match[1] !== '>' };
}

/** Elements from Fortran order (first index fastest) to C order (last index fastest). */
function toRowMajor(bytes: Uint8Array<ArrayBuffer>, dims: readonly number[], size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  const strides: number[] = [];
  let stride = size;
  for (const d of dims) {
    strides.push(stride);
    stride *= d;
  }
  const index = new Array<number>(dims.length).fill(0);
  let from = 0;
  for (let to = 0; to < bytes.length; to += size) {
    for (let b = 0; b < size; b++) out[to + b] = bytes[from + b];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < dims[axis]) break;
      from -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return out;
}
