import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../base/source.ts';
import { makeFeeds } from '../../datasets/batches.ts';
import { openDataset } from '../../datasets/open.ts';
import { presetPreprocess } from '../../datasets/presets.ts';
import type { Model } from '../../onnx/model.ts';
import { readModel } from '../../onnx/read.ts';
import type { Value } from '../../runtime/types.ts';
import { nativeSession } from '../calibrate/testing.ts';
import { testContext } from '../testing.ts';
import { quantizeStatic } from './apply.ts';
import { quantizeStaticSchema } from './options.ts';

const folder = new URL('../../../public/samples/', import.meta.url);
const source = (file: string) => memorySource(new Uint8Array(readFileSync(new URL(file, folder))), basename(file));
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as {
  id: string;
  model: string;
  data: Record<'train' | 'test', { images: string; labels: string; count: number }>;
}[];

async function batches(files: { images: string; labels: string }, count: number) {
  const dataset = await openDataset([source(files.images), source(files.labels)]);
  const spec = { name: 'image', dtype: 'float32', dims: [null, 1, 28, 28] } as const;
  const feeds = makeFeeds(dataset, [spec], presetPreprocess('unit', 'pixels'));
  const list: Record<string, Value>[] = [];
  for (let at = 0; at < count; at += 100) {
    const indices = Array.from({ length: Math.min(100, count - at) }, (_, i) => at + i);
    list.push((await feeds.read(indices)).feeds as Record<string, Value>);
  }
  return { list, labels: dataset.labels!.subarray(0, count) };
}

async function correct(model: Model, list: readonly Record<string, Value>[], labels: Int32Array): Promise<number> {
  const session = await nativeSession(model);
  let right = 0;
  let at = 0;
  for (const feeds of list) {
    const { data, dims } = (await session.run(feeds)).logits;
    const classes = dims[1];
    for (let i = 0; i < dims[0]; i++, at++) {
      const row = Array.from((data as Float32Array).subarray(i * classes, (i + 1) * classes));
      if (row.indexOf(Math.max(...row)) === labels[at]) right++;
    }
  }
  await session.release();
  return right;
}

describe('int8 with 200 calibration samples is within 0.1 pp of float', () => {
  // BatchNormalization is folded by `simplify`, which comes before quantizing in a recipe.
  const folded = index.filter((s) => s.id !== 'fashion-resdw');
  it.each(folded.map((s) => [s.id, s] as const))('%s', async (_, { model: file, data }) => {
    const model = await readModel(source(file));
    const calibration = await batches(data.train, 200);
    const test = await batches(data.test, data.test.count);
    const ctx = {
      ...testContext(),
      openSession: nativeSession,
      data: {
        id: file,
        count: 200,
        async *batches() {
          yield* calibration.list;
        },
      },
    };
    const quantized = await quantizeStatic(model, v.parse(quantizeStaticSchema, { method: 'quantize-static' }), ctx);
    const float = await correct(model, test.list, test.labels);
    const int8 = await correct(quantized, test.list, test.labels);
    // 0.1 pp of 2,000 images are two.
    expect(int8).toBeGreaterThanOrEqual(float - 2);
  });
});
