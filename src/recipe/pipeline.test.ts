import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { expect, test, vi } from 'vitest';
import { PareError } from '../base/errors.ts';
import { memorySink, memorySource } from '../base/source.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { sketchTensor } from '../kernels/sketchTensor.ts';
import { methods } from '../methods/index.ts';
import type { Model } from '../onnx/model.ts';
import { readModel } from '../onnx/read.ts';
import { modelBytes } from '../onnx/write.ts';
import { openSession } from '../runtime/session.ts';
import { compress, sketchCache } from './compress.ts';
import { Pipeline } from './pipeline.ts';
import { parseRecipe, type Recipe } from './schema.ts';

const bytes = new Uint8Array(readFileSync('public/samples/mnist-lenet300.onnx'));
const open = () => readModel(memorySource(bytes, 'lenet.onnx'));
const recipe = (...steps: object[]): Recipe => parseRecipe({ pare: 1, steps });
const PRUNE = { method: 'prune-weights', sparsity: 0.5 };
const QUANTIZE = { method: 'quantize-weights', bits: 4 };

function context(signal?: AbortSignal) {
  const { get } = sketchCache((w) => sketchTensor(w.tensor, w.channelAxis));
  return {
    sketch: get,
    kernels: loopKernels,
    openSession: async (m: Model) => openSession(await modelBytes(m)),
    ...(signal && { signal }),
  };
}

async function run(pipeline: Pipeline, r: Recipe, outside: boolean | 'auto' = 'auto', signal?: AbortSignal) {
  const model = memorySink();
  const data = memorySink();
  const to = { model: async () => model, external: { name: 'lenet.data', open: async () => data } };
  const result = await compress(pipeline, r, to, context(signal), outside);
  return { ...result, file: model.bytes(), data: data.bytes() };
}

test('no steps: the original, byte for byte', async () => {
  expect(Buffer.compare(Buffer.from((await run(new Pipeline(await open()), recipe())).file), Buffer.from(bytes))).toBe(
    0,
  );
});

test('a step that is kept gives the same bytes, and reports again, as one that is run anew', async () => {
  const pipeline = new Pipeline(await open());
  await run(pipeline, recipe(PRUNE));
  const kept = await run(pipeline, recipe(PRUNE, QUANTIZE));
  const anew = await run(new Pipeline(await open()), recipe(PRUNE, QUANTIZE));
  expect(Buffer.compare(Buffer.from(kept.file), Buffer.from(anew.file))).toBe(0);
  expect(kept.reports.map((r) => [r.id, r.step]).sort()).toEqual(anew.reports.map((r) => [r.id, r.step]).sort());
  expect(kept.notes).toEqual(anew.notes);
});

test('a run that was cancelled leaves nothing behind that could cancel the next', async () => {
  const pipeline = new Pipeline(await open());
  const controller = new AbortController();
  controller.abort();
  await expect(run(pipeline, recipe(PRUNE), 'auto', controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  const result = await run(pipeline, recipe(PRUNE));
  expect(result.bytes).toBe(result.file.length);
});

test('the metadata names the recipe, once, and the file says what it wrote', async () => {
  const first = await run(new Pipeline(await open()), recipe(QUANTIZE));
  const again = await readModel(memorySource(first.file, 'a.onnx'));
  const second = await run(new Pipeline(again), recipe(PRUNE));
  const props = (await readModel(memorySource(second.file, 'b.onnx'))).proto.metadataProps;
  const named = props.filter((p) => p.key === 'pare.recipe');
  expect(named.length).toBe(1);
  expect(parseRecipe(JSON.parse(named[0].value))).toEqual(recipe(PRUNE));
});

test('weights outside give the same answers as weights inside', async () => {
  const inside = await run(new Pipeline(await open()), recipe(QUANTIZE), false);
  const outside = await run(new Pipeline(await open()), recipe(QUANTIZE), true);
  expect(outside.data.length).toBe(outside.externalBytes);
  expect(outside.file.length).toBeLessThan(inside.file.length / 4);
  const whole = await readModel(memorySource(outside.file, 'o.onnx'), [memorySource(outside.data, 'lenet.data')]);
  const x = Float32Array.from({ length: 784 }, (_, i) => (i % 7) / 7);
  const answer = async (model: Uint8Array) => {
    const session = await ort.InferenceSession.create(model);
    return (await session.run({ image: new ort.Tensor('float32', x, [1, 1, 28, 28]) })).logits.data;
  };
  expect(await answer(await modelBytes(whole))).toEqual(await answer(inside.file));
});

test('a failing step says which it is', async () => {
  const gone = new PareError('storage/failed', 'm.onnx can no longer be read.');
  const ctx = { ...context(), sketch: () => Promise.reject(gone), report: () => {}, note: () => {} };
  const failing = new Pipeline(await open()).run(recipe(PRUNE), ctx);
  await expect(failing).rejects.toMatchObject({ code: 'storage/failed', where: 'steps[0]' });
});

test('a tensor is reported once for each step, however often a later step runs the model', async () => {
  const samples = {
    batch: null,
    labels: Int32Array.of(1, 2),
    read: async (indices: ArrayLike<number>) => ({
      image: {
        dtype: 'float32' as const,
        dims: [indices.length, 1, 28, 28],
        data: new Float32Array(784 * indices.length).fill(0.5),
      },
    }),
  };
  const data = { id: 'd', count: 2, samples, async *batches() {} };
  const to = { model: async () => memorySink(), external: { name: 'd', open: async () => memorySink() } };
  const steps = recipe({ ...PRUNE, scope: 'layer' }, { method: 'prune-weights', importance: 'taylor', sparsity: 0.6 });
  const { reports } = await compress(new Pipeline(await open()), steps, to, { ...context(), data });
  const told = reports.map((r) => `${r.step} ${r.id}`);
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBe(6);
});

test('a step is told what each one before it was given, those included whose result was kept', async () => {
  const pipeline = new Pipeline(await open());
  const apply = vi.spyOn(methods.find((m) => m.name === 'quantize-weights')!, 'apply');
  try {
    await run(pipeline, recipe(PRUNE));
    await run(pipeline, recipe(PRUNE, QUANTIZE));
    const [[given, , ctx]] = apply.mock.calls;
    expect(given).not.toBe(pipeline.original);
    expect(ctx.earlier!.length).toBe(2);
    expect(ctx.earlier![0]).toBe(pipeline.original);
    expect(ctx.earlier![1]).toBe(given);
  } finally {
    apply.mockRestore();
  }
});
