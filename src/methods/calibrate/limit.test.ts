import { expect, it } from 'vitest';
import type { CalibrationData, Inputs } from '../types.ts';
import { limitSamples } from './limit.ts';

/** Samples that are their own numbers. */
function data(count: number, batch: number | null, stream = false): CalibrationData {
  const read = async (indices: ArrayLike<number>): Promise<Inputs> => ({
    x: { dtype: 'float32', dims: [indices.length, 1], data: Float32Array.from(indices) },
  });
  return {
    id: 'numbers',
    count,
    async *batches() {
      for (let at = 0; at < count; at += 10)
        yield read(Array.from({ length: Math.min(10, count - at) }, (_, i) => at + i));
    },
    ...(!stream && { samples: { batch, read } }),
  };
}

async function seen(from: CalibrationData): Promise<number[]> {
  const out: number[] = [];
  for await (const { x } of from.batches()) out.push(...(x.data as Float32Array));
  return out;
}

it('takes samples spread over all of them, in batches the model accepts', async () => {
  const limited = limitSamples(data(1000, 7), 10);
  expect(limited.count).toBe(10);
  expect(await seen(limited)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  expect(limited.id).not.toBe(limitSamples(data(1000, 7), 11).id);
});

it('takes all when there are no more, and for 0', async () => {
  const all = data(30, null);
  expect(limitSamples(all, 0)).toBe(all);
  expect(limitSamples(all, 30)).toBe(all);
});

it('takes the first batches of a stream', async () => {
  expect(await seen(limitSamples(data(100, null, true), 15))).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
