import { mismatch, showDims, unreadable } from './fail.ts';
import { MAX_LABEL_BYTES } from './limits.ts';
import { product, readAll, type StoredArray } from './stored.ts';
import type { Dataset, RawArray } from './types.ts';

/** What the second array of a dataset says of its samples: classes, or numbers to come close to. */
export type Answers = Pick<Dataset, 'labels' | 'targets'>;

const INT32_MAX = 2 ** 31 - 1;

/**
 * Labels from an array of integers (N), (N, 1) or one-hot (N, C); anything else is a regression's targets. Floats that
 * are all whole and not negative count as classes when there is one for each sample, as many exports write them so.
 * @throws PareError `data/shape-mismatch` when the counts differ, `data/unreadable` for NaN or Inf
 */
export async function readAnswers(array: StoredArray, count: number): Promise<Answers> {
  const { dims, name } = array;
  if (dims.length === 0 || dims[0] !== count) {
    throw mismatch(
      name,
      `it answers for ${dims[0] ?? 1} samples, and there are ${count}.`,
      'Save both from the same rows.',
    );
  }
  const values = await readAll(array, MAX_LABEL_BYTES);
  return answersOf(values, product(dims.slice(1)), name, showDims(dims), array.type.kind !== 'f');
}

/** The same for numbers in memory: `width` of them for each sample. */
export function answersOf(
  values: RawArray | readonly number[],
  width: number,
  name: string,
  shape: string,
  integers: boolean,
): Answers {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) throw unreadable(name, `row ${Math.floor(i / width)} is ${values[i]}.`);
  }
  if (width > 1) return oneHot(values, width) ?? { targets: Float32Array.from(values) };
  if (width === 0) throw mismatch(name, `its shape ${shape} holds no answers.`);
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (!integers && (v < 0 || !Number.isInteger(v))) return { targets: Float32Array.from(values) };
    if (Math.abs(v) > INT32_MAX) throw unreadable(name, `row ${i} is ${v}, which is no class.`);
  }
  return { labels: Int32Array.from(values) };
}

/** Classes of rows that are 0 but for a single 1; undefined as soon as one row is not. */
function oneHot(values: ArrayLike<number>, width: number): Answers | undefined {
  const labels = new Int32Array(values.length / width);
  for (let row = 0; row < labels.length; row++) {
    let at = -1;
    for (let c = 0; c < width; c++) {
      const v = values[row * width + c];
      if (v === 0) continue;
      if (v !== 1 || at >= 0) return undefined;
      at = c;
    }
    if (at < 0) return undefined;
    labels[row] = at;
  }
  return { labels };
}
