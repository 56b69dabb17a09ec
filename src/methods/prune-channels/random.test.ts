import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { type Replacement, replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { type Analysis, analyse } from './groups.ts';
import { enforceRemainders } from './remainders.ts';
import { cutChannels } from './surgery.ts';
import { randomNet } from './testing.ts';

/** Random channels of every group, at least one of which stays. */
function randomlyGone(analysis: Analysis, seed: number): Uint8Array {
  const r = new Random(seed);
  const gone = new Uint8Array(analysis.roots.length);
  for (const { start, channels } of analysis.groups) {
    const share = r.next();
    for (let c = start; c < start + channels; c++) gone[c] = r.next() < share ? 1 : 0;
    gone[start + r.int(channels)] = 0;
  }
  enforceRemainders(analysis, gone, new Float64Array(gone.length));
  return gone;
}

/** The model with zeros where the constants have those channels; of all constants, or only of those that make or carry them. */
async function masked(model: Model, analysis: Analysis, gone: Uint8Array, takers: boolean): Promise<Model> {
  const replacements = new Map<string, Replacement>();
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { origins } of analysis.groups) {
    for (const { origin, channels } of origins) {
      if (origin.contracts && !takers) continue;
      const tensor = model.proto.graph!.initializer.find((t) => t.name === origin.tensor)!;
      const x = values.get(origin.tensor) ?? (await readFloats(tensor)).slice();
      values.set(origin.tensor, x);
      const dims = dimsOf(tensor);
      const inner = dims.slice(origin.axis + 1).reduce((a, b) => a * b, 1);
      for (let i = 0; i < x.length; i++) {
        const channel = channels[Math.floor(i / inner) % dims[origin.axis]];
        if (channel >= 0 && gone[channel]) x[i] = 0;
      }
      replacements.set(origin.tensor, { tensor: makeTensor(origin.tensor, 1, dims, x) });
    }
  }
  return replaceWeights(model, replacements);
}

test('a cut network computes what it did with those channels masked to zero', async () => {
  let cut = 0;
  const ops = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const model = randomNet(seed);
      const analysis = analyse(model);
      const gone = randomlyGone(analysis, seed + 1);
      const producers = await masked(model, analysis, gone, false);
      const everything = await masked(model, analysis, gone, true);
      const { model: after, tensors } = cutChannels(analysis, gone);
      if (tensors.size) cut++;
      expect(checkModel(after)).toEqual([]);
      const feeds = feedsFor(model)!;
      const y = await run(await unparse(after), feeds);
      expect(y).toBeDefined();
      for (const reference of [producers, everything]) {
        const x = await run(await unparse(reference), feeds);
        for (const [name, { dims, data }] of Object.entries(x!)) {
          expect(y![name].dims).toEqual(dims);
          const [a, b] = [data as Float32Array, y![name].data as Float32Array];
          const top = Math.max(1, ...a.map(Math.abs));
          // Sums of the same numbers in another order: some float32 roundings (6e-8) in each of a dozen layers, which
          // normalizations of small spread enlarge. A channel that is wrong is off by a share of the whole.
          for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i]) / top).toBeLessThan(1e-4);
        }
      }
      for (const n of model.proto.graph!.node) ops.add(n.opType);
    }),
    { numRuns: 200 },
  );
  expect(cut).toBeGreaterThan(150);
  expect(ops.size).toBeGreaterThan(30);
}, 180_000);
