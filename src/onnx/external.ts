import { PareError } from '../base/errors.ts';
import type { ByteSource } from '../base/source.ts';
import { dtypeName, dtypeOf, elementCount, rawBytes } from './dtypes.ts';
import { type Payload, rangePayload } from './payload.ts';
import { DataLocation, type TensorProto } from './proto.ts';

/** Whether the tensor's numbers are in another file. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === DataLocation.EXTERNAL;
}

function entry(tensor: TensorProto, key: string): string | undefined {
  return tensor.externalData.find((e) => e.key === key)?.value;
}

/**
 * The location a tensor names, as a relative path with forward slashes.
 * @throws PareError `model/external-invalid` for an absolute path or one that leaves the model's folder
 */
export function externalLocation(tensor: TensorProto): string {
  const location = (entry(tensor, 'location') ?? '').replaceAll('\\', '/');
  const parts = location.split('/');
  const bad = location === '' || location.startsWith('/') || /^[a-z]:|^[a-z]+:\/\/|[^ -\uffff]/i.test(location);
  if (bad || parts.includes('..')) {
    throw new PareError(
      'model/external-invalid',
      `Tensor "${tensor.name}" points outside the model's folder: "${location.slice(0, 200)}".`,
      { where: tensor.name, hint: 'Pare reads external data only from files dropped beside the model.' },
    );
  }
  return parts.filter((p) => p !== '.' && p !== '').join('/');
}

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Finds external data among files that were opened with a model: by its place beside the model, where the files came in a folder;
 * else by the location itself; else by its last name, since files that were picked one by one have lost their folders.
 * @param model the model's own path among the files
 */
export function externalFinder<T extends { readonly name: string }>(
  files: readonly T[],
  model: string,
): (location: string) => T | undefined {
  const folder = model.slice(0, model.lastIndexOf('/') + 1);
  const byPath = new Map(files.map((f) => [f.name, f]));
  const byName = new Map(files.map((f) => [base(f.name), f]));
  return (location) => byPath.get(folder + location) ?? byPath.get(location) ?? byName.get(base(location));
}

function number(tensor: TensorProto, key: string, fallback: number): number {
  const text = entry(tensor, key);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw new PareError(
      'model/external-invalid',
      `Tensor "${tensor.name}" has the external ${key} "${text.slice(0, 40)}".`,
      {
        where: tensor.name,
      },
    );
  }
  return value;
}

/**
 * The range of an external-data file that a tensor means.
 * @param files by the location that `externalLocation` gives
 * @throws PareError `model/external-invalid` when the range does not fit the file or the tensor's dims
 */
export function externalPayload(tensor: TensorProto, files: ReadonlyMap<string, ByteSource>): Payload {
  const file = files.get(externalLocation(tensor))!;
  const offset = number(tensor, 'offset', 0);
  const dataType = tensor.dataType ?? 0;
  if (!dtypeOf(dataType)) {
    throw new PareError(
      'model/external-invalid',
      `Tensor "${tensor.name}" is ${dtypeName(dataType)}, and only numbers can be external.`,
      { where: tensor.name },
    );
  }
  const needed = rawBytes(dataType, elementCount(tensor.dims, tensor.name));
  const length = number(tensor, 'length', needed);
  if (length !== needed) {
    throw new PareError(
      'model/external-invalid',
      `Tensor "${tensor.name}" needs ${needed} bytes and its external entry has ${length}.`,
      { where: tensor.name },
    );
  }
  if (offset + length > file.size) {
    throw new PareError(
      'model/external-invalid',
      `Tensor "${tensor.name}" lies at ${offset}…${offset + length}, past the end of ${file.name} (${file.size} bytes).`,
      { where: file.name, hint: 'This is another version of the file, or it is cut short.' },
    );
  }
  return rangePayload(file, offset, length);
}
