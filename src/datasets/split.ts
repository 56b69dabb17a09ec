import { PareError } from '../base/errors.ts';
import { Random } from '../base/random.ts';
import { checkIndex } from './stored.ts';
import type { Dataset, Samples } from './types.ts';

/**
 * Cuts a dataset into disjoint parts, the same for the same seed. With labels every class is spread over the parts in proportion, to
 * within a sample: the r-th of a class's n samples, in random order, stands at (r + ½)/n, and the parts are cut from samples in the order of where they stand.
 * @param fractions of the whole for each part; what they leave of 1 is in none
 * @returns indices of each part, ascending
 */
export function split(
  dataset: Pick<Dataset, 'count' | 'labels'>,
  fractions: readonly number[],
  seed: number,
): Int32Array<ArrayBuffer>[] {
  const sum = fractions.reduce((a, f) => a + f, 0);
  if (fractions.some((f) => !(f >= 0)) || sum > 1 + 1e-9) {
    throw new PareError('usage', `Parts of ${fractions.join(', ')} are not fractions of one whole.`);
  }
  const { count, labels } = dataset;
  const order = new Random(seed).permutation(count);
  const sizes = new Map<number, number>();
  for (let i = 0; i < count; i++) sizes.set(labels?.[i] ?? 0, (sizes.get(labels?.[i] ?? 0) ?? 0) + 1);
  const seen = new Map<number, number>();
  const stand = new Float64Array(count);
  for (const i of order) {
    const label = labels?.[i] ?? 0;
    const r = seen.get(label) ?? 0;
    seen.set(label, r + 1);
    stand[i] = (r + 0.5) / sizes.get(label)!;
  }
  // The sort is stable, so that equal places keep their random order.
  const sorted = [...order].sort((a, b) => stand[a] - stand[b]);
  let done = 0;
  return fractions.map((fraction) => {
    const from = Math.round(done * count);
    done += fraction;
    return Int32Array.from(sorted.slice(from, Math.min(count, Math.round(done * count)))).sort();
  });
}

/** The samples at `indices` as a dataset of their own; nothing is read or copied but the answers. */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const kept = Int32Array.from(indices);
  for (const i of kept) checkIndex(i, dataset.count, dataset.name);
  const { labels, targets, inputs } = dataset;
  const width = targets ? targets.length / dataset.count : 0;
  return {
    ...dataset,
    ...part(dataset, kept),
    ...(labels && { labels: kept.map((i) => labels[i]) }),
    ...(targets && {
      targets: Float32Array.from(
        { length: kept.length * width },
        (_, k) => targets[kept[Math.floor(k / width)] * width + (k % width)],
      ),
    }),
    ...(inputs && { inputs: Object.fromEntries(Object.entries(inputs).map(([name, s]) => [name, part(s, kept)])) }),
  };
}

function part(samples: Samples, kept: Int32Array): Samples {
  return {
    name: samples.name,
    count: kept.length,
    sampleDims: samples.sampleDims,
    bytes: samples.bytes,
    read: async (indices) => {
      const there = Int32Array.from(indices, (i) => {
        checkIndex(i, kept.length, samples.name);
        return kept[i];
      });
      return samples.read(there);
    },
  };
}
