import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { mainGraph } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { replaceWeights } from '../../onnx/replace.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { withOutputs } from '../calibrate/augment.ts';
import { pruneWeights } from '../prune-weights/apply.ts';
import { pruneWeightsSchema } from '../prune-weights/options.ts';
import { distill } from './apply.ts';
import {
  agreement,
  answers,
  argmaxes,
  arrayData,
  floats,
  learningContext,
  options,
  randomData,
  toy,
} from './testing.ts';

const data = randomData(400);
const fresh = randomData(500, [6], 99);
const all = (count: number) => Array.from({ length: count }, (_, i) => i);
const answersOf = async (m: Model) => argmaxes(await answers(m, await fresh.samples!.read(all(500))), 3);

async function pruned(model: Model, sparsity: number): Promise<Model> {
  return pruneWeights(
    model,
    v.parse(pruneWeightsSchema, { method: 'prune-weights', sparsity }),
    learningContext(model, undefined),
  );
}

const zerosOf = (x: Float32Array) => Array.from(x.keys()).filter((i) => x[i] === 0);

describe('a pruned model', () => {
  test.each(['adam', 'adamw', 'sgd'])('gets back what it lost, and keeps its zeros: %s', async (optimizer) => {
    const teacher = toy();
    const student = await pruned(teacher, 0.6);
    const ctx = learningContext(teacher, data);
    const rate = optimizer === 'sgd' ? 0.02 : 0.01;
    const result = await distill(
      student,
      options({ epochs: 40, batchSize: 32, rate, optimizer, weightDecay: 1e-4 }),
      ctx,
    );
    const right = await answersOf(teacher);
    const before = agreement(await answersOf(student), right);
    const after = agreement(await answersOf(result), right);
    expect(before).toBeLessThan(0.85);
    // With 96 weights of 240 the teacher's borders cannot be drawn exactly: most of what was lost comes back.
    expect(1 - after).toBeLessThan(0.55 * (1 - before));
    const [was, now] = [await floats(student), await floats(result)];
    for (const name of ['w1', 'w2']) expect(zerosOf(now[name])).toEqual(zerosOf(was[name]));
    expect(checkModel(result)).toEqual([]);
    await modelBytes(result);
    expect(ctx.reports.get('w1')?.zeros).toBe(zerosOf(was.w1).length);
    expect(ctx.reports.get('w1')?.sqnr).toBeLessThan(60);
    const note = ctx.notes.find((n) => n.key === 'learned')!;
    expect(note.values.samples).toBe(40);
    expect(note.values.after).toBeGreaterThan(note.values.before as number);
    expect(ctx.points[0]).toMatchObject({ at: 0, of: 40 * 11, teacher: 1 });
    expect(ctx.points.at(-1)!.loss).toBeLessThan(ctx.points[1].loss!);
  });

  test('grows back without keepZeros', async () => {
    const teacher = toy();
    const student = await pruned(teacher, 0.6);
    const result = await distill(student, options({ epochs: 2, keepZeros: false }), learningContext(teacher, data));
    const [was, now] = [await floats(student), await floats(result)];
    // A hidden unit that lost all its weights gets no gradient.
    expect(zerosOf(now.w1).length).toBeLessThan(0.2 * zerosOf(was.w1).length);
  });

  test('gives the same numbers for the same seed, others for another', async () => {
    const teacher = toy();
    const student = await pruned(teacher, 0.6);
    const run = async (seed: number) =>
      (await floats(await distill(student, options({ epochs: 3 }), learningContext(teacher, data, { seed })))).w1;
    const one = await run(7);
    expect(await run(7)).toEqual(one);
    expect(await run(8)).not.toEqual(one);
  });

  test('leaves alone what it is told to', async () => {
    const teacher = toy();
    const student = await pruned(teacher, 0.6);
    const ctx = learningContext(teacher, data);
    const result = await distill(student, options({ epochs: 1, layers: { w1: { skip: true }, nobody: {} } }), ctx);
    const [was, now] = [await floats(student), await floats(result)];
    expect(now.w1).toEqual(was.w1);
    expect(now.w2).not.toEqual(was.w2);
    expect(ctx.notes).toContainEqual({ step: 0, key: 'unknown-layer', values: { tensor: 'nobody' } });
  });
});

test('logits are taken from before a softmax, and probabilities still come out', async () => {
  const teacher = toy(1, { softmax: true });
  const student = await pruned(teacher, 0.6);
  const result = await distill(student, options({ epochs: 30, rate: 0.01 }), learningContext(teacher, data));
  const right = await answersOf(teacher);
  expect(agreement(await answersOf(result), right)).toBeGreaterThan(agreement(await answersOf(student), right) + 0.05);
  expect(mainGraph(result).output.map((o) => o.name)).toEqual(['y']);
  const y = await answers(result, await fresh.samples!.read([0]));
  expect(y.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
});

test('a regression answers in numbers', async () => {
  const teacher = toy(3);
  const student = await pruned(teacher, 0.5);
  const ctx = learningContext(teacher, data);
  const result = await distill(student, options({ epochs: 40, rate: 0.01, loss: 'regression' }), ctx);
  const inputs = await fresh.samples!.read(all(500));
  const [goal, before, after] = await Promise.all([teacher, student, result].map((m) => answers(m, inputs)));
  const distance = (a: Float32Array) => a.reduce((sum, x, i) => sum + (x - goal[i]) ** 2, 0);
  expect(distance(after)).toBeLessThan(0.3 * distance(before));
  const { values } = ctx.notes.find((n) => n.key === 'learned')!;
  expect(values.after).toBeGreaterThan(values.before as number);
});

test('targets decide that it is a regression, and teach without a teacher', async () => {
  const teacher = toy(3);
  const inputs = await data.samples!.read(all(400));
  const targets = Float32Array.from(await answers(teacher, inputs));
  const labelled = arrayData(inputs.x.data as Float32Array, 400, [6], { targets });
  const student = await pruned(teacher, 0.5);
  const ctx = learningContext(teacher, labelled);
  await distill(student, options({ epochs: 30, rate: 0.01, teacher: 'labels' }), ctx);
  const { values } = ctx.notes.find((n) => n.key === 'learned')!;
  expect(values.after).toBeGreaterThan(values.before as number);
  expect(ctx.points.every((p) => p.series === 'teacher')).toBe(true);
});

test('features that are to be alike come nearer', async () => {
  const teacher = toy(4);
  const student = await pruned(teacher, 0.6);
  const inputs = await fresh.samples!.read(all(500));
  const distance = (m: Model) => answers(withOutputs(m, new Map([['a', DataType.FLOAT]])), inputs);
  const run = (o: object) =>
    distill(student, options({ epochs: 20, rate: 0.01, ...o }), learningContext(teacher, data));
  const goal = await distance(teacher);
  const off = async (m: Model) => (await distance(m)).reduce((sum, x, i) => sum + (x - goal[i]) ** 2, 0);
  expect(await off(await run({ features: ['a'], featureWeight: 10 }))).toBeLessThan(await off(await run({})));
});

describe('labels', () => {
  test('judge and teach; the held-out part has its share of each class', async () => {
    const teacher = toy();
    const inputs = await data.samples!.read(all(400));
    const labels = Int32Array.from(argmaxes(await answers(teacher, inputs), 3));
    const labelled = arrayData(inputs.x.data as Float32Array, 400, [6], { labels });
    const student = await pruned(teacher, 0.6);
    for (const o of [{ alpha: 0.5 }, { teacher: 'labels' }, { alpha: 1 }]) {
      const ctx = learningContext(teacher, labelled);
      await distill(student, options({ epochs: 25, rate: 0.01, ...o }), ctx);
      const { values } = ctx.notes.find((n) => n.key === 'learned')!;
      expect(values.after).toBeGreaterThan(values.before as number);
    }
  });

  test('that no class has are refused', async () => {
    const labels = new Int32Array(400).fill(3);
    const ctx = learningContext(toy(), randomData(400, [6], 5, { labels }));
    await expect(distill(toy(), options(), ctx)).rejects.toMatchObject({ code: 'data/label-range' });
  });
});

describe('refusals', () => {
  test('without data', async () => {
    const ctx = learningContext(toy(), undefined);
    await expect(distill(toy(), options(), ctx)).rejects.toMatchObject({ code: 'data/missing' });
    await expect(distill(toy(), options({ teacher: 'labels' }), learningContext(toy(), data))).rejects.toMatchObject({
      code: 'data/missing',
    });
  });

  test('a feature that the original does not have', async () => {
    const ctx = learningContext(toy(), data);
    await expect(distill(toy(), options({ features: ['nowhere'] }), ctx)).rejects.toMatchObject({ where: 'nowhere' });
  });

  test('nothing to learn', async () => {
    const o = options({ layers: Object.fromEntries(['w1', 'b1', 'w2', 'b2'].map((n) => [n, { skip: true }])) });
    await expect(distill(toy(), o, learningContext(toy(), data))).rejects.toMatchObject({
      code: 'recipe/not-applicable',
    });
  });
});

test('a model with NaN in it is given back as it was', async () => {
  const teacher = toy();
  const broken = replaceWeights(
    teacher,
    new Map([['b2', { tensor: makeTensor('b2', 1, [3], new Float32Array(3).fill(Number.NaN)) }]]),
  );
  const ctx = learningContext(teacher, data);
  const result = await distill(broken, options({ epochs: 1 }), ctx);
  expect(ctx.notes.some((n) => n.key === 'learning-diverged')).toBe(true);
  expect(await readFloats(mainGraph(result).initializer[0])).toEqual(
    await readFloats(mainGraph(broken).initializer[0]),
  );
});
