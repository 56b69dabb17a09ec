import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { readModel } from '../onnx/read.ts';
import type { Value } from '../runtime/types.ts';
import { assemble } from './assemble.ts';
import { buildGradients } from './gradients.ts';
import { buildLoss, type LossTerm } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { Tape } from './tape.ts';
import { open } from './testing/check.ts';
import { buildTrainer } from './trainer.ts';

/** What tools/fixtures/autodiff.py had PyTorch compute, in float64. Tensors are float32 in base64. */
interface Pass {
  loss: number;
  gradients: Record<string, string>;
  running: Record<string, string>;
}
interface Network {
  dims: number[];
  x: string | number[];
  frozen: Pass;
  batch?: Pass;
  optimizers?: Record<string, { losses: number[]; parameters: Record<string, string> }>;
}
interface Fixture {
  labels: number[];
  lenet5: Network;
  residual: Network;
  transformer: Network;
  losses: { logits: string; teacher: string; distillation: number; smooth: number; mse: number };
}

const at = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const fixture: Fixture = JSON.parse(at('torch.json').toString());
const floats = (base64: string) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);
const labels: Value = {
  dtype: 'int64',
  dims: [fixture.labels.length],
  data: BigInt64Array.from(fixture.labels, BigInt),
};

type Name = 'lenet5' | 'residual' | 'transformer';

async function setUp(name: Name): Promise<{ model: Model; x: Value }> {
  const { dims, x } = fixture[name];
  const model = await readModel(memorySource(new Uint8Array(at(`${name}.onnx`)), name));
  const data: Value =
    typeof x === 'string'
      ? { dtype: 'float32', dims, data: floats(x) }
      : { dtype: 'int64', dims, data: BigInt64Array.from(x, BigInt) };
  return { model, x: data };
}

const losses: LossTerm[] = [{ kind: 'cross-entropy', logits: 'logits', labels: 'labels' }];

/** ‖a − b‖ / ‖b‖ */
function difference(a: Float32Array, b: Float32Array): number {
  let error = 0;
  let size = 0;
  b.forEach((v, i) => {
    error += (a[i] - v) ** 2;
    size += v * v;
  });
  return Math.sqrt(error / Math.max(size, 1e-20));
}

describe('gradients of whole networks are those of PyTorch', () => {
  test.each<[Name, 'frozen' | 'batch']>([
    ['lenet5', 'frozen'],
    ['residual', 'frozen'],
    ['residual', 'batch'],
    ['transformer', 'frozen'],
  ])('%s, %s statistics', async (name, batchNorm) => {
    const { model, x } = await setUp(name);
    const expected = fixture[name][batchNorm]!;
    const train = Object.keys(expected.gradients);
    const g = await buildGradients(model, { feeds: { x }, train, losses, batchNorm }, open);
    const { loss, gradients } = await g.run({ x, labels });
    await g.release();
    // A float32 loss of a few units has seven digits.
    expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-5);
    expect([...gradients.keys()].sort()).toEqual([...train].sort());
    const all = (of: (id: string) => Float32Array) => Float32Array.from(train.flatMap((id) => [...of(id)]));
    const total = difference(
      all((id) => gradients.get(id)!),
      all((id) => floats(expected.gradients[id])),
    );
    expect(total).toBeLessThan(1e-5);
    for (const id of train) {
      const error = difference(gradients.get(id)!, floats(expected.gradients[id]));
      // The bound.
      expect(error, id).toBeLessThan(1e-4);
    }
  });
});

const OPTIMIZERS: Record<string, { optimizer: Optimizer; rate: number; clipNorm?: number }> = {
  sgd: { optimizer: { kind: 'sgd' }, rate: 0.05 },
  momentum: { optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 }, rate: 0.05 },
  nesterov: { optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true }, rate: 0.05 },
  adam: { optimizer: { kind: 'adam', weightDecay: 0.01 }, rate: 0.01 },
  adamw: { optimizer: { kind: 'adamw', betas: [0.8, 0.99], weightDecay: 0.1 }, rate: 0.01 },
  clipped: { optimizer: { kind: 'sgd', momentum: 0.9 }, rate: 0.05, clipNorm: 0.5 },
};

describe('five steps of an optimizer are those of PyTorch', () => {
  test.each(Object.entries(OPTIMIZERS))('%s', async (name, { optimizer, rate, clipNorm }) => {
    const { model, x } = await setUp('lenet5');
    const expected = fixture.lenet5.optimizers![name];
    const train = Object.keys(expected.parameters);
    const trainer = await buildTrainer(model, { feeds: { x }, train, losses, optimizer, clipNorm }, open);
    for (const loss of expected.losses) {
      const step = await trainer.step({ x, labels }, rate);
      expect(Math.abs(step.loss - loss)).toBeLessThan(1e-4);
    }
    // Parameters near one carry 6e-8 of rounding per step; Adam divides small gradients by their own size.
    for (const [id, data] of await trainer.parameters()) {
      expect(difference(data, floats(expected.parameters[id])), id).toBeLessThan(1e-4);
    }
    await trainer.release();
  });
});

test('running statistics after a step are those of PyTorch', async () => {
  const { model, x } = await setUp('residual');
  const expected = fixture.residual.batch!.running;
  const train = ['fc.weight'];
  const options = { feeds: { x }, train, losses, optimizer: { kind: 'sgd' as const }, batchNorm: 'batch' as const };
  const trainer = await buildTrainer(model, options, open);
  await trainer.step({ x, labels }, 0);
  const found = await trainer.parameters();
  expect([...found.keys()].sort()).toEqual([...train, ...Object.keys(expected)].sort());
  for (const [name, data] of Object.entries(expected)) {
    expect(difference(found.get(name)!, floats(data)), name).toBeLessThan(1e-5);
  }
  await trainer.release();
});

test('losses are those of PyTorch', async () => {
  const { logits, teacher, ...expected } = fixture.losses;
  const t = new Tape(18);
  t.declare('z', { dtype: DataType.FLOAT, dims: [3, 5] });
  const terms: LossTerm[] = [
    { kind: 'distillation', logits: 'z', teacher: 'teacher', temperature: 3, weight: 2 },
    { kind: 'cross-entropy', logits: 'z', labels: 'labels', smoothing: 0.1 },
    { kind: 'mse', value: 'z', target: 'teacher', weight: 0.5 },
  ];
  const loss = buildLoss(t, terms);
  const { model } = await setUp('lenet5');
  const graph = assemble(
    { model, tape: t, inputs: [], outputs: [] },
    ['z', ...loss.inputs],
    [loss.total, ...loss.terms],
  );
  const session = await open(graph);
  const soft = { dtype: 'float32' as const, dims: [3, 5] };
  const found = await session.run({
    z: { ...soft, data: floats(logits) },
    teacher: { ...soft, data: floats(teacher) },
    labels: { dtype: 'int64', dims: [3], data: (labels.data as BigInt64Array).slice(0, 3) },
  });
  await session.release();
  const [kl, smooth, mse] = loss.terms.map((name) => Number(found[name].data[0]));
  // Sums of fifteen float32 products of size one.
  expect(kl).toBeCloseTo(expected.distillation, 5);
  expect(smooth).toBeCloseTo(expected.smooth, 5);
  expect(mse).toBeCloseTo(expected.mse, 5);
  expect(Number(found[loss.total].data[0])).toBeCloseTo(2 * kl + smooth + 0.5 * mse, 5);
});
