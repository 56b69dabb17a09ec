import { makeFeeds } from '../datasets/batches.ts';
import type { Dataset, InputSpec, Preprocess } from '../datasets/types.ts';
import type { CalibrationData, Inputs } from '../methods/types.ts';

/** Samples per calibration run where the model leaves the batch free. */
const BATCH = 32;

/**
 * A dataset as the batches that methods calibrate on or learn from, one in memory at a time.
 * @param contents what tells data of the same name apart (`datasets/contents.ts`)
 * @throws PareError `data/shape-mismatch` when the data cannot become the model's input
 */
export function calibrationData(
  dataset: Dataset,
  specs: readonly InputSpec[],
  preprocess: Preprocess,
  contents = `${dataset.count}`,
): CalibrationData {
  const feeds = makeFeeds(dataset, specs, preprocess);
  const size = feeds.batch ?? BATCH;
  const read = async (indices: ArrayLike<number>) => (await feeds.read(indices)).feeds as Inputs;
  return {
    id: JSON.stringify([dataset.kind, contents, preprocess]),
    count: dataset.count,
    samples: {
      batch: feeds.batch,
      ...(dataset.labels && { labels: dataset.labels }),
      ...(dataset.targets && { targets: dataset.targets }),
      read,
    },
    async *batches() {
      for (let at = 0; at < dataset.count; at += size) {
        const indices = Array.from({ length: Math.min(size, dataset.count - at) }, (_, i) => at + i);
        yield read(indices);
      }
    },
  };
}
