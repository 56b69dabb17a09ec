import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { memorySource } from '../base/source.ts';
import type { Model } from '../onnx/model.ts';
import { readModel } from '../onnx/read.ts';
import { readFloats } from '../onnx/tensor.ts';
import { isCompressible, listWeights } from '../onnx/weights.ts';
import { modelBytes } from '../onnx/write.ts';
import { openSession } from '../runtime/session.ts';
import { buildGradients } from './gradients.ts';
import { withParameters } from './prepare.ts';
import { buildTrainer } from './trainer.ts';

const open = async (m: Model, o?: object) => openSession(await modelBytes(m), o);
const BATCH = 8;

async function setUp(name: string) {
  const bytes = new Uint8Array(readFileSync(`public/samples/${name}.onnx`));
  const model = await readModel(memorySource(bytes, name));
  const random = new Random(1);
  const image = Float32Array.from({ length: BATCH * 784 }, () => random.next());
  const labels = BigInt64Array.from({ length: BATCH }, (_, i) => BigInt(i % 10));
  const feeds = { image: { dtype: 'float32' as const, dims: [BATCH, 1, 28, 28], data: image } };
  const targets = { labels: { dtype: 'int64' as const, dims: [BATCH], data: labels } };
  const weights = listWeights(model.proto).filter(isCompressible);
  const options = {
    feeds,
    train: weights.map((w) => w.id),
    losses: [{ kind: 'cross-entropy' as const, logits: 'logits', labels: 'labels' }],
  };
  return { model, feeds, targets, weights, options };
}

test.each(['mnist-lenet5', 'fashion-resdw', 'mnist-vit'])(
  '%s: the loss changes along the gradient as the gradient says',
  async (name) => {
    const { model, feeds, targets, weights, options } = await setUp(name);
    const lossOf = async (m: Model) => {
      const g = await buildGradients(m, options, open);
      const result = await g.run({ ...feeds, ...targets });
      await g.release();
      return result;
    };
    const { gradients } = await lossOf(model);
    let square = 0;
    for (const g of gradients.values()) for (const v of g) square += v * v;
    const norm = Math.sqrt(square);
    const moved = async (step: number) => {
      const values = new Map<string, Float32Array>();
      for (const w of weights) {
        const g = gradients.get(w.id);
        if (g)
          values.set(
            w.id,
            (await readFloats(w.tensor)).map((x, i) => x + (step * g[i]) / norm),
          );
      }
      return (await lossOf(withParameters(model, values))).loss;
    };
    const h = 1e-3;
    const slope = ((await moved(h)) - (await moved(-h))) / (2 * h);
    // The loss is a float32 of about ten: its last bit over 2h is 5e-4, small against a norm of one and more; kinks of Relu add
    // the rest.
    expect(Math.abs(slope - norm) / norm).toBeLessThan(0.02);
  },
  60_000,
);

test('a few steps of Adam make the loss smaller, and masked weights stay zero', async () => {
  const { model, feeds, targets, weights, options } = await setUp('mnist-lenet300');
  const masks = new Map(
    weights.map((w) => [
      w.id,
      Uint8Array.from({ length: w.tensor.dims.reduce((a, b) => a * Number(b), 1) }, (_, i) => i % 2),
    ]),
  );
  const trainer = await buildTrainer(model, { ...options, masks, optimizer: { kind: 'adam' } }, open);
  const losses: number[] = [];
  for (let i = 0; i < 8; i++) losses.push((await trainer.step({ ...feeds, ...targets }, 1e-3)).loss);
  expect(losses[7]).toBeLessThan(losses[0]);
  for (const [id, values] of await trainer.parameters()) {
    const mask = masks.get(id);
    if (mask) expect(values.every((v, i) => mask[i] === 1 || v === 0)).toBe(true);
  }
});
