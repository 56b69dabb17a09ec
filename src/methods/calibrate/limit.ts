import type { CalibrationData } from '../types.ts';

/** Samples read at a time where the model leaves the batch free. */
const BATCH = 32;

/**
 * At most `most` samples of the data, spread evenly over it, so that data sorted by class still gives every class; where samples
 * only stream by, the first ones, by whole batches. All of it when there are no more, or for 0.
 */
export function limitSamples(data: CalibrationData, most: number): CalibrationData {
  if (most === 0 || most >= data.count) return data;
  const { samples } = data;
  const id = `${data.id} ${most}`;
  if (!samples) {
    return {
      id,
      count: most,
      async *batches() {
        let done = 0;
        for await (const inputs of data.batches()) {
          yield inputs;
          done += Object.values(inputs)[0]?.dims[0] ?? 1;
          if (done >= most) return;
        }
      },
    };
  }
  const chosen = Int32Array.from({ length: most }, (_, i) => Math.floor((i * data.count) / most));
  const size = samples.batch ?? BATCH;
  return {
    id,
    count: most,
    async *batches() {
      for (let at = 0; at < most; at += size) yield samples.read(chosen.subarray(at, at + size));
    },
  };
}
