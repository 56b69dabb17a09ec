import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import type { CalibrationData, Inputs, MethodContext } from '../types.ts';

/** Samples that channels are judged and layers fitted by: with more of them neither gets better for the time it takes. */
const MAX_SAMPLES = 1024;
/** Samples of one run, where the model leaves it free. */
export const BATCH = 32;

/** The samples that an importance is measured on. @throws PareError `data/missing` */
export function needData(ctx: MethodContext): CalibrationData {
  if (ctx.data && ctx.data.count > 0) return ctx.data;
  throw new PareError('data/missing', 'This importance of channels is measured on samples, and there are none.', {
    hint: 'Add data, or judge channels by their weights.',
  });
}

/** A batch of samples, and their classes where those are known. */
export interface Batch {
  readonly feeds: Inputs;
  readonly count: number;
  readonly labels?: readonly number[];
}

/**
 * Some of the samples, from all over the data where they can be picked, which is often sorted by class; its first where they cannot.
 * @param size of a batch, where the model leaves it free; all batches are of one size
 */
export async function* someBatches(ctx: MethodContext, size: number): AsyncGenerator<Batch> {
  const data = needData(ctx);
  const most = Math.min(data.count, MAX_SAMPLES);
  const { samples } = data;
  if (!samples) {
    let [first, done] = [0, 0];
    for await (const feeds of data.batches()) {
      checkCancelled(ctx.signal);
      const count = Object.values(feeds)[0]?.dims[0] ?? 1;
      first ||= count;
      if (count !== first || done >= most) return;
      yield { feeds, count };
      done += count;
    }
    return;
  }
  const own = samples.batch ?? Math.min(size, most);
  const batches = Math.max(1, Math.floor(most / own));
  for (let b = 0; b < batches; b++) {
    checkCancelled(ctx.signal);
    // Each batch is from all over the data too.
    const places = Array.from({ length: Math.min(own, most) }, (_, i) =>
      Math.floor(((i * batches + b) * data.count) / most),
    );
    const indices = places.map((i) => Math.min(i, data.count - 1));
    const feeds = await samples.read(indices);
    const { labels } = samples;
    yield { feeds, count: own, ...(labels && { labels: indices.map((i) => labels[i]) }) };
  }
}

/** How many samples `someBatches` goes through, about. */
export const sampleCount = (ctx: MethodContext): number => Math.min(ctx.data?.count ?? 0, MAX_SAMPLES);
