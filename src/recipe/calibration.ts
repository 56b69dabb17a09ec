import { makeFeeds } from '../datasets/batches.ts';
import type { Dataset, InputSpec, Preprocess } from '../datasets/types.ts';
import type { CalibrationData } from '../methods/types.ts';
import type { Value } from '../runtime/types.ts';

/** Samples per calibration run where the model leaves the batch free. */
const BATCH = 32;

/**
 * A dataset as the batches that calibrating methods run through, in order, one in memory at a time.
 * @throws PareError `data/shape-mismatch` when the data cannot become the model's input
 */
export function calibrationData(
  dataset: Dataset,
  specs: readonly InputSpec[],
  preprocess: Preprocess,
): CalibrationData {
  const feeds = makeFeeds(dataset, specs, preprocess);
  const size = feeds.batch ?? BATCH;
  return {
    count: dataset.count,
    async *batches() {
      for (let at = 0; at < dataset.count; at += size) {
        const indices = Array.from({ length: Math.min(size, dataset.count - at) }, (_, i) => at + i);
        yield (await feeds.read(indices)).feeds as Record<string, Value>;
      }
    },
  };
}
