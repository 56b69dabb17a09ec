import { expect } from 'vitest';
import { Random } from '../../../base/random.ts';
import { checkModel } from '../../../onnx/check.ts';
import type { Model } from '../../../onnx/model.ts';
import { type Replacement, replaceWeights } from '../../../onnx/replace.ts';
import { identified } from '../../../onnx/scopes.ts';
import { dimsOf, isFloatTensor, makeTensor, readFloats } from '../../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../../onnx/testing.ts';
import { type Analysis, analyse } from '../groups.ts';
import { enforceRemainders } from '../remainders.ts';
import { type CutModel, cutChannels } from '../surgery.ts';

/** For tests: random channels of every group, at least one of which stays. */
export function randomlyGone(analysis: Analysis, seed: number): Uint8Array {
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

/**
 * For tests: the model with zeros where its constants have those channels; all constants, or only those that make or carry them, not
 * those that take them.
 */
export async function masked(model: Model, analysis: Analysis, gone: Uint8Array, takers: boolean): Promise<Model> {
  const replacements = new Map<string, Replacement>();
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  const [main] = identified(model.proto);
  for (const { origins } of analysis.groups) {
    for (const { origin, channels } of origins) {
      if (origin.contracts && !takers) continue;
      const { id, tensor } = main.consts.find((c) => c.name === origin.tensor)!;
      expect(isFloatTensor(tensor)).toBe(true);
      const x = values.get(id) ?? (await readFloats(tensor)).slice();
      values.set(id, x);
      const dims = dimsOf(tensor);
      const inner = dims.slice(origin.axis + 1).reduce((a, b) => a * b, 1);
      for (let i = 0; i < x.length; i++) {
        const channel = channels[Math.floor(i / inner) % dims[origin.axis]];
        if (channel >= 0 && gone[channel]) x[i] = 0;
      }
      replacements.set(id, { tensor: makeTensor(origin.tensor, 1, dims, x) });
    }
  }
  return replaceWeights(model, replacements);
}

/**
 * For tests: that a float32 model without these channels computes what it did with them masked to zero, whether the mask is where they
 * are made or everywhere. That is what says that the surgery is right.
 * @param zeros whether all that carries channels gives 0 for 0, so that masking where they are made is enough
 */
export async function expectMasked(
  model: Model,
  pick: (analysis: Analysis) => Uint8Array,
  zeros = true,
): Promise<CutModel & { analysis: Analysis; gone: Uint8Array }> {
  const analysis = analyse(model);
  const gone = pick(analysis);
  const references = [await masked(model, analysis, gone, true)];
  if (zeros) references.push(await masked(model, analysis, gone, false));
  const cut = cutChannels(analysis, gone);
  const known = new Set(checkModel(model).map((p) => p.message));
  expect(checkModel(cut.model).filter((p) => !known.has(p.message))).toEqual([]);
  const feeds = feedsFor(model)!;
  const y = await run(await unparse(cut.model), feeds);
  expect(y).toBeDefined();
  for (const reference of references) {
    const x = await run(await unparse(reference), feeds);
    expect(x).toBeDefined();
    for (const [name, { dims, data }] of Object.entries(x!)) {
      expect(y![name].dims).toEqual(dims);
      const [a, b] = [data as Float32Array, y![name].data as Float32Array];
      const top = Math.max(1, ...a.map(Math.abs));
      // Sums of the same numbers in another order: some float32 roundings (6e-8) in each of a dozen layers, which
      // normalizations of small spread enlarge. A channel that is wrong is off by a share of the whole.
      for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i]) / top).toBeLessThan(1e-4);
    }
  }
  return { ...cut, analysis, gone };
}
