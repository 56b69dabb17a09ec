import { expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { buildEvaluator } from './evaluate.ts';
import type { TrainerOptions } from './prepare.ts';
import { open } from './testing/check.ts';
import { buildTrainer } from './trainer.ts';

const { FLOAT } = DataType;
const random = new Random(3);
const normal = (n: number) => Float32Array.from({ length: n }, () => random.normal());

/** x [n, 6] → y [n, 4] through BatchNormalization. */
function layers(): Model {
  const nodes = [
    node('MatMul', ['x', 'a'], ['h']),
    node('BatchNormalization', ['h', 'g', 'b', 'm', 'v'], ['t']),
    node('MatMul', ['t', 'c'], ['y']),
  ];
  const ones = new Float32Array(5).fill(1);
  const tensors = [
    makeTensor('a', FLOAT, [6, 5], normal(30)),
    ...['g', 'b', 'm', 'v'].map((name, i) => makeTensor(name, FLOAT, [5], i % 3 === 0 ? ones : new Float32Array(5))),
    makeTensor('c', FLOAT, [5, 4], normal(20)),
  ];
  const g = graph('g', nodes, [valueInfo('x', FLOAT, ['n', 6])], [valueInfo('y', FLOAT, null)], tensors);
  return { name: 'layers.onnx', proto: modelProto(g, 17), bytes: 0, external: [] };
}

const x = { dtype: 'float32', dims: [7, 6], data: normal(42) } as const;
const goal = { dtype: 'float32', dims: [7, 4], data: normal(28) } as const;
const options: TrainerOptions = {
  feeds: { x },
  train: ['a', 'g', 'b', 'c'],
  losses: [{ kind: 'mse', value: 'y', target: 'goal' }],
  optimizer: { kind: 'sgd' },
};

test('gives what the learned model gives, with the statistics that it will have', async () => {
  const model = layers();
  const trainer = await buildTrainer(model, { ...options, batchNorm: 'batch' }, open);
  for (let i = 0; i < 4; i++) await trainer.step({ x, goal }, 0.05);
  const parameters = await trainer.parameters();
  const evaluator = await buildEvaluator(
    model,
    { feeds: { x }, parameters: [...parameters.keys()], outputs: ['y'] },
    open,
  );
  const { y } = await evaluator.run({ x }, parameters, new Map());
  const session = await open(await trainer.model());
  const expected = (await session.run({ x })).y.data as Float32Array;
  // The model with its weights inside is optimized further: sums in another order.
  for (const [i, v] of (y.data as Float32Array).entries()) expect(v).toBeCloseTo(expected[i], 4);
  await Promise.all([session.release(), evaluator.release(), trainer.release()]);
});

test('gives rounded values as the training step has them', async () => {
  const model = layers();
  const fakeQuantizers = new Map([
    ['a', { bits: 4, symmetric: true, axis: 1 }],
    ['t', { bits: 4, symmetric: true, scale: [0.4], learn: true }],
  ]);
  const trainer = await buildTrainer(model, { ...options, fakeQuantizers, outputs: ['y'] }, open);
  await trainer.step({ x, goal }, 0.05);
  const [parameters, scales] = [new Map(await trainer.parameters()), await trainer.scales()];
  const { outputs } = await trainer.step({ x, goal }, 0.05);
  const o = { feeds: { x }, parameters: [...parameters.keys()], outputs: ['y'], fakeQuantizers };
  const evaluator = await buildEvaluator(model, o, open);
  const { y } = await evaluator.run({ x }, parameters, scales);
  // A scale goes through exp and log once more, and a tie may round to the other side: one step of t times the largest of c.
  const far = (y.data as Float32Array).filter((v, i) => Math.abs(v - (outputs.y.data as Float32Array)[i]) > 1e-3);
  expect(far.length).toBeLessThanOrEqual(4);
  await evaluator.release();
  await expect(buildEvaluator(model, o, open).then((e) => e.run({ x }, new Map(), scales))).rejects.toMatchObject({
    code: 'internal',
  });
  await trainer.release();
});

test('a factor on the rate of one parameter is one on its step', async () => {
  const model = layers();
  const moved = async (rates: ReadonlyMap<string, number>) => {
    const trainer = await buildTrainer(model, { ...options, rates }, open);
    const before = new Map(await trainer.parameters());
    await trainer.step({ x, goal }, 0.1);
    const after = await trainer.parameters();
    await trainer.release();
    return (name: string) => after.get(name)!.map((v, i) => v - before.get(name)![i]);
  };
  const [plain, slow] = [await moved(new Map()), await moved(new Map([['c', 0.25]]))];
  expect(slow('a')).toEqual(plain('a'));
  for (const [i, d] of slow('c').entries()) expect(d).toBeCloseTo(0.25 * plain('c')[i], 6);
});
