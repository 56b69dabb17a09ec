import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { openDataset } from '../datasets/open.ts';
import { STORED, suggestPreprocess } from '../datasets/presets.ts';
import { syntheticDataset } from '../datasets/synthetic.ts';
import { summarize } from '../onnx/info.ts';
import { readModel } from '../onnx/read.ts';
import { openSession } from '../runtime/session.ts';
import type { Session } from '../runtime/types.ts';
import { inputSpecs, makeCase } from './case.ts';
import { gzipBytes } from './gzip.ts';
import { type Case, judge } from './judge.ts';
import type { JudgeReport } from './types.ts';

const read = (name: string) => new Uint8Array(readFileSync(`public/samples/${name}`));
const lenet = read('mnist-lenet5.onnx');
const small = read('mnist-lenet300.onnx');
const images = read('mnist-test-images-idx3-ubyte.gz');
const labels = read('mnist-test-labels-idx1-ubyte.gz');
const SAMPLES = 300;

/** Two different networks on the same digits: plenty of disagreement to count. */
async function digits(): Promise<Case> {
  const info = summarize(await readModel(memorySource(lenet, 'lenet.onnx')));
  const dataset = await openDataset([memorySource(images, 'images.gz'), memorySource(labels, 'labels.gz')]);
  const { preprocess } = await suggestPreprocess(dataset, inputSpecs(info)[0]);
  const open = (side: string) => openSession(side === 'original' ? lenet : small);
  return makeCase(dataset, info, preprocess, open, SAMPLES);
}

/** The same counts by another runtime, one sample at a time. */
async function bruteForce(indices: ArrayLike<number>) {
  const pixels = gunzipSync(images).subarray(16);
  const truth = gunzipSync(labels).subarray(8);
  const sessions = [await ort.InferenceSession.create(lenet), await ort.InferenceSession.create(small)];
  const hits = [0, 0];
  let agreed = 0;
  let signal = 0;
  let noise = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k];
    const x = Float32Array.from(pixels.subarray(i * 784, (i + 1) * 784), (v) => v / 255);
    const outputs: Float32Array[] = [];
    for (const s of sessions) {
      const result = await s.run({ image: new ort.Tensor('float32', x, [1, 1, 28, 28]) });
      outputs.push(result.logits.data as Float32Array);
    }
    const answers = outputs.map((y) => y.indexOf(Math.max(...y)));
    answers.forEach((a, s) => {
      if (a === truth[i]) hits[s]++;
    });
    if (answers[0] === answers[1]) agreed++;
    outputs[0].forEach((y, j) => {
      signal += y * y;
      noise += (y - outputs[1][j]) ** 2;
    });
  }
  return { hits, agreed, sqnr: 10 * Math.log10(signal / noise) };
}

test('counts equal those of another runtime, and reports stream in', async () => {
  const c = await digits();
  const seen: JudgeReport[] = [];
  const report = await judge(c, {
    backend: 'wasm',
    batch: 32,
    latencyRuns: 4,
    threads: 1,
    onReport: (r) => seen.push(r),
  });
  const expected = await bruteForce(c.indices);
  expect(report).toMatchObject({ evidence: 'labels', done: SAMPLES, total: SAMPLES });
  expect(Math.round(report.original!.top1.value * SAMPLES)).toBe(expected.hits[0]);
  expect(Math.round(report.compressed!.top1.value * SAMPLES)).toBe(expected.hits[1]);
  expect(Math.round(report.comparison.agreement!.value * SAMPLES)).toBe(expected.agreed);
  expect(report.comparison.top1Change!.value).toBeCloseTo((expected.hits[1] - expected.hits[0]) / SAMPLES, 12);
  // Two builds of one runtime, in batches of 32 and of 1: sums in another order.
  expect(report.comparison.sqnr).toBeCloseTo(expected.sqnr, 3);
  const total = report.original!.confusion.reduce((a, b) => a + b, 0);
  expect(total).toBe(SAMPLES);
  expect(report.original!.perClass.reduce((a, p) => a + p.correct, 0)).toBe(expected.hits[0]);
  expect(report.latency).toMatchObject({ backend: 'wasm', batch: 1, runs: 4 });
  expect(report.latency!.original.median).toBeGreaterThan(0);
  expect(seen.length).toBeGreaterThanOrEqual(2);
  expect(seen[seen.length - 1]).toEqual(report);
});

test('a model against itself: no change, no error', async () => {
  const c = await digits();
  const report = await judge({ ...c, open: () => openSession(lenet) }, { backend: 'wasm', latencyRuns: 0, threads: 1 });
  expect(report.comparison).toMatchObject({ sqnr: Number.POSITIVE_INFINITY, maxAbsError: 0 });
  expect(report.comparison.agreement!.value).toBe(1);
  expect(report.comparison.top1Change!.value).toBe(0);
  expect(report.latency).toBeUndefined();
});

test('cancel stops between batches and releases both sessions', async () => {
  const c = await digits();
  const controller = new AbortController();
  const released: string[] = [];
  const open = async (side: 'original' | 'compressed'): Promise<Session> => {
    const s = await openSession(lenet);
    return {
      backend: s.backend,
      inputs: s.inputs,
      outputs: s.outputs,
      run: (feeds, fetches) => s.run(feeds, fetches),
      runResident: (feeds) => s.runResident(feeds),
      async release() {
        released.push(side);
        await s.release();
      },
    };
  };
  const settings = {
    backend: 'wasm',
    batch: 16,
    latencyRuns: 0,
    threads: 1,
    onReport: () => controller.abort(),
  } as const;
  await expect(judge({ ...c, open }, settings, { signal: controller.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(released.sort()).toEqual(['compressed', 'original']);
});

test('random input gives error and agreement, and says that it is random', async () => {
  const info = summarize(await readModel(memorySource(lenet, 'lenet.onnx')));
  const dataset = syntheticDataset(inputSpecs(info), 8, 0);
  const c = makeCase(dataset, info, STORED, (side) => openSession(side === 'original' ? lenet : small));
  const report = await judge(c, { backend: 'wasm', latencyRuns: 0, threads: 1 });
  expect(report.evidence).toBe('synthetic');
  expect(report.original).toBeUndefined();
  expect(report.comparison.agreement).toBeDefined();
});

test('gzip bytes are those of a whole gzip', async () => {
  const expected = gzipSync(lenet, { level: 6 }).byteLength;
  const got = await gzipBytes(memorySource(lenet));
  // The same deflate fed in pieces: block borders may differ by a few bytes.
  expect(Math.abs(got - expected)).toBeLessThan(expected * 1e-3);
});
