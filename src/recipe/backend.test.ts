import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../base/source.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { sketchTensor } from '../kernels/sketchTensor.ts';
import type { Model } from '../onnx/model.ts';
import { readModel } from '../onnx/read.ts';
import { backendModels, feedsFor, run } from '../onnx/testing.ts';
import { modelBytes } from '../onnx/write.ts';
import { openSession } from '../runtime/session.ts';
import { compress, sketchCache } from './compress.ts';
import { Pipeline } from './pipeline.ts';
import { parseRecipe } from './schema.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Outputs = NonNullable<Awaited<ReturnType<typeof run>>>;

// The smallest weights too: most of these models have no others.
const QUANTIZE = { method: 'quantize-weights', bits: 8, minElements: 0 };
const PRUNE = { method: 'prune-weights', sparsity: 0.5 };
const RECIPES: Readonly<Record<string, object[]>> = {
  '8-bit weights': [QUANTIZE],
  '50 % pruning': [PRUNE],
  'both, one after the other': [PRUNE, QUANTIZE],
};

/** A compressed file, and how many of its weights any step has changed. */
async function compressed(model: Model, steps: object[], decode?: string): Promise<{ file: Bytes; changed: number }> {
  const sink = memorySink();
  const to = { model: async () => sink, external: { name: 'w.data', open: async () => memorySink() } };
  const list = steps.map((s) => ({ ...s, ...(decode && 'bits' in s && { decode }) }));
  const result = await compress(new Pipeline(model), parseRecipe({ pare: 1, steps: list }), to, {
    sketch: sketchCache((w) => sketchTensor(w.tensor, w.channelAxis)).get,
    kernels: loopKernels,
    openSession: async (m: Model) => openSession(await modelBytes(m)),
  });
  return { file: sink.bytes(), changed: new Set(result.reports.map((r) => r.id)).size };
}

/** Outputs of the same shapes and types, and no NaN or infinity where there was none. */
function expectAlike(after: Outputs | undefined, before: Outputs, what: string): void {
  expect(after, `${what} runs`).toBeDefined();
  expect(Object.keys(after!), what).toEqual(Object.keys(before));
  for (const [name, { dims, data }] of Object.entries(before)) {
    const now = after![name];
    expect(now.dims, `${what}: ${name}`).toEqual(dims);
    const [a, b] = [now.data, data] as ArrayLike<unknown>[];
    expect(Object.getPrototypeOf(a), what).toBe(Object.getPrototypeOf(b));
    expect(a.length, what).toBe(b.length);
    if (!(data instanceof Float32Array || data instanceof Float64Array)) continue;
    let lost = 0;
    for (let i = 0; i < data.length; i++) if (Number.isFinite(data[i]) && !Number.isFinite(Number(a[i]))) lost++;
    expect(lost, `${what}: ${name}`).toBe(0);
  }
}

const samples = readdirSync('public/samples')
  .filter((f) => f.endsWith('.onnx'))
  .map((f): [string, Bytes] => [f, new Uint8Array(readFileSync(`public/samples/${f}`))]);

for (const [recipe, steps] of Object.entries(RECIPES)) {
  test(`what ONNX Runtime runs of ONNX’s backend models and the samples runs after ${recipe}`, async () => {
    let ran = 0;
    let changed = 0;
    for (const [name, bytes] of [...backendModels(), ...samples]) {
      const model = await readModel(memorySource(bytes, name));
      const feeds = feedsFor(model);
      const before = feeds && (await run(bytes, feeds));
      if (!feeds || !before) continue;
      for (const decode of recipe === '50 % pruning' ? [undefined] : ['load', 'run']) {
        const result = await compressed(model, steps, decode);
        expectAlike(await run(result.file, feeds), before, `${name} ${decode ?? ''}`);
        if (result.changed > 0) changed++;
        ran++;
      }
    }
    expect(ran).toBeGreaterThan(70 + samples.length);
    expect(changed).toBeGreaterThan(20);
  });
}
