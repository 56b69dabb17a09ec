import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { memorySink, memorySource } from '../../base/source.ts';
import { loopKernels } from '../../kernels/loops/kernels.ts';
import { sketchTensor } from '../../kernels/sketchTensor.ts';
import { opsetOf } from '../../onnx/model.ts';
import { readModel } from '../../onnx/read.ts';
import { listWeights } from '../../onnx/weights.ts';
import { modelBytes } from '../../onnx/write.ts';
import { compress, sketchCache } from '../../recipe/compress.ts';
import { layersOf } from '../../recipe/layers.ts';
import { Pipeline } from '../../recipe/pipeline.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import { openSession } from '../../runtime/session.ts';
import { fileBytes } from './bytes.ts';
import { plansOf } from './plans.ts';

const RECIPES = [
  { bits: 8 },
  { bits: 3 },
  { bits: 4, granularity: 'block', blockSize: 32 },
  { bits: 2, scheme: 'asymmetric', granularity: 'tensor' },
  { bits: 5, scheme: 'article' },
  { bits: 3, scheme: 'codebook' },
  { bits: 16 },
];

test.each(['mnist-lenet300', 'mnist-vit', 'fashion-resdw'])(
  '%s: foretold within 2 % of what is written',
  async (name) => {
    const bytes = new Uint8Array(readFileSync(`public/samples/${name}.onnx`));
    const model = await readModel(memorySource(bytes, name));
    const { get } = sketchCache((w) => sketchTensor(w.tensor, w.channelAxis));
    const layers = await Promise.all(
      listWeights(model.proto).map(async (w, i) => ({
        ...layersOf(model)[i],
        opset: opsetOf(model),
        ...(/^float/.test(layersOf(model)[i].dtype) && { sketch: await get(w) }),
      })),
    );
    for (const options of RECIPES) {
      const recipe = parseRecipe({ pare: 1, steps: [{ method: 'quantize-weights', ...options }] });
      const foretold = fileBytes(bytes.length, plansOf(layers, recipe).plans, recipe);
      const sink = memorySink();
      const to = { model: async () => sink, external: { name: 'x', open: async () => memorySink() } };
      const ctx = { sketch: get, kernels: loopKernels, openSession: async () => openSession(await modelBytes(model)) };
      const written = (await compress(new Pipeline(model), recipe, to, ctx)).bytes;
      expect(Math.abs(foretold - written) / written, JSON.stringify({ options, foretold, written })).toBeLessThan(0.02);
    }
  },
);
