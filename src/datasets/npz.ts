import type { ByteSource } from '../base/source.ts';
import { mismatch, overLimit, showDims, unreadable } from './fail.ts';
import { readAnswers } from './labels.ts';
import { MAX_SAMPLES } from './limits.ts';
import { openNpy } from './npy.ts';
import type { OpenOptions } from './open.ts';
import { arraySamples, type StoredArray } from './stored.ts';
import type { Dataset, Samples } from './types.ts';
import { openEntry, type ZipEntry } from './zip.ts';

/** What people call the samples and the answers in an npz, most telling first. */
const X_NAMES = ['x', 'images', 'image', 'data', 'inputs', 'input', 'features', 'samples', 'arr_0'];
const Y_NAMES = ['y', 'labels', 'label', 'targets', 'target', 'classes', 'class', 'outputs', 'arr_1'];
const TEST = ['test', 'val', 'valid'];
const TRAIN = ['train'];

/** A named array that is opened only when it is wanted: in a deflated zip that means inflating it. */
export interface NamedArray {
  readonly name: string;
  open(): Promise<StoredArray>;
}

/** The arrays of an npz by name, none of them opened yet. */
export function npzArrays(zip: ByteSource, entries: readonly ZipEntry[]): NamedArray[] {
  return entries
    .filter((entry) => /\.npy$/i.test(entry.path))
    .map((entry) => ({
      name: entry.path.replace(/\.npy$/i, ''),
      open: async () => ({ ...(await openNpy(await openEntry(zip, entry))), name: `${zip.name}/${entry.path}` }),
    }));
}

/**
 * A dataset from named arrays: one for each model input where the names agree, else x and y by their usual names
 * (`x_test` before `x_train` unless `options.split` says otherwise), else the only array with several dimensions.
 * @throws PareError `data/unreadable` when no array can be the samples, `data/shape-mismatch` when counts differ
 */
export async function arraysDataset(
  name: string,
  arrays: readonly NamedArray[],
  options: OpenOptions,
): Promise<Dataset> {
  const byName = new Map(arrays.map((a) => [a.name.toLowerCase(), a]));
  const wanted = (options.inputs ?? []).map((input) => arrays.find((a) => a.name === input.name));
  let inputs: Record<string, Samples> | undefined;
  let main: Samples;
  let used: NamedArray[];
  if (wanted.length > 1 && wanted.every((a) => a !== undefined)) {
    used = wanted;
    inputs = {};
    for (const array of wanted) inputs[array.name] = await openSamples(array);
    main = inputs[wanted[0].name];
    for (const other of Object.values(inputs)) {
      if (other.count !== main.count) {
        throw mismatch(other.name, `it has ${other.count} samples and ${main.name} has ${main.count}.`);
      }
    }
  } else {
    const x = wanted[0] ?? findNamed(byName, X_NAMES, options.split) ?? (await onlyArray(arrays));
    if (!x) {
      throw unreadable(
        name,
        `it holds ${arrays.length ? arrays.map((a) => a.name).join(', ') : 'no arrays'}, and none is known to be the samples.`,
        'Name the arrays x and y: np.savez("data.npz", x=images, y=labels).',
      );
    }
    used = [x];
    main = await openSamples(x);
  }
  const y = await findAnswers(byName, used, main.count, options);
  const answers = y ? await readAnswers(await y.open(), main.count) : {};
  return { ...main, ...answers, name, kind: 'npz', ...(inputs && { inputs }) };
}

async function openSamples(array: NamedArray): Promise<Samples> {
  const stored = await array.open();
  if (stored.dims.length === 0) throw mismatch(stored.name, 'it is a single number, not samples.');
  if (stored.dims[0] === 0) throw unreadable(stored.name, `it is empty (${showDims(stored.dims)}).`);
  if (stored.dims.includes(0)) throw mismatch(stored.name, `its samples are empty (${showDims(stored.dims)}).`);
  if (stored.dims[0] > MAX_SAMPLES) throw overLimit(stored.name, `it has ${stored.dims[0]} samples.`);
  return arraySamples(stored);
}

/** `x_test`, `test_x`, `xtest`, then `x`, then `x_train`: the spellings in use, in that order. */
function findNamed(byName: ReadonlyMap<string, NamedArray>, names: readonly string[], split: OpenOptions['split']) {
  const [first, last] = split === 'train' ? [TRAIN, TEST] : [TEST, TRAIN];
  const spell = (word: string) => names.flatMap((n) => [`${n}_${word}`, `${word}_${n}`, `${n}${word}`]);
  for (const key of [...first.flatMap(spell), ...names, ...last.flatMap(spell)]) {
    const array = byName.get(key);
    if (array) return array;
  }
  return undefined;
}

/** The single array of a file with one; of two, the one with several dimensions. */
async function onlyArray(arrays: readonly NamedArray[]): Promise<NamedArray | undefined> {
  if (arrays.length !== 2) return arrays.length === 1 ? arrays[0] : undefined;
  const ranks = await Promise.all(arrays.map(async (a) => (await a.open()).dims.length));
  const several = arrays.filter((_, i) => ranks[i] > 1);
  return several.length === 1 ? several[0] : undefined;
}

/** The answers that belong to the samples in `used`: of the same split, by the same spelling. */
async function findAnswers(
  byName: ReadonlyMap<string, NamedArray>,
  used: readonly NamedArray[],
  count: number,
  options: OpenOptions,
): Promise<NamedArray | undefined> {
  const rest = new Map([...byName].filter(([, array]) => !used.includes(array)));
  const main = used[0].name.toLowerCase();
  const word = [...TEST, ...TRAIN].find((w) => main.includes(w));
  if (word) {
    const sameSplit = new Map([...rest].filter(([key]) => key.includes(word)));
    return findNamed(sameSplit, Y_NAMES, options.split);
  }
  const named = Y_NAMES.map((n) => rest.get(n)).find((a) => a !== undefined);
  if (named) return named;
  // Two arrays of which one is the samples: the other answers, if it has a row for each.
  if (rest.size !== 1 || used.length > 1) return undefined;
  const [other] = rest.values();
  return (await other.open()).dims[0] === count ? other : undefined;
}
