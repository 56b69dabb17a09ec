import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Model } from '../../onnx/model.ts';
import { pruneWeights } from '../prune-weights/apply.ts';
import { pruneWeightsSchema } from '../prune-weights/options.ts';
import { distill } from './apply.ts';
import {
  agreement,
  answers,
  argmaxes,
  floats,
  learningContext,
  memoryCheckpoints,
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

describe('stopping', () => {
  const teacher = toy();
  const o = options({ epochs: 12, batchSize: 32, optimizer: 'adam', rate: 0.01, evaluateEvery: 5, augment: {} });

  test('a run that was cancelled goes on to the same bits as one that was not', async () => {
    const student = await pruned(teacher, 0.6);
    const whole = learningContext(teacher, data, { checkpoints: memoryCheckpoints() });
    const expected = await floats(await distill(student, o, whole));
    for (const at of [1, 7, 10, 60]) {
      const checkpoints = memoryCheckpoints();
      const controller = new AbortController();
      const first = learningContext(teacher, data, {
        checkpoints,
        signal: controller.signal,
        onProgress: (p) => p.done === at && controller.abort(),
      });
      await expect(distill(student, o, first)).rejects.toMatchObject({ code: 'cancelled' });
      // The step under way when the signal fired is finished, and nothing of it is lost.
      expect(checkpoints.kept.size).toBe(1);
      const second = learningContext(teacher, data, { checkpoints });
      const result = await floats(await distill(student, o, second));
      expect(result).toEqual(expected);
      expect(second.notes).toContainEqual({ step: 0, key: 'learning-resumed', values: { at: at + 1 } });
      expect(second.notes.find((n) => n.key === 'learned')).toEqual(whole.notes.find((n) => n.key === 'learned'));
      const points = [...first.points, ...second.points];
      expect(points).toEqual(whole.points);
      expect(checkpoints.kept.size).toBe(0);
    }
  });

  test('a checkpoint of other options, data, seed or student is not taken for this one', async () => {
    const keys: string[] = [];
    const run = async (more: object, seed = 0, student = teacher, from = data) => {
      const checkpoints = memoryCheckpoints();
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const ctx = learningContext(teacher, from, { checkpoints, signal: controller.signal, seed, onProgress });
      await expect(distill(student, { ...o, ...more }, ctx)).rejects.toMatchObject({ code: 'cancelled' });
      keys.push(...checkpoints.kept.keys());
    };
    await run({});
    await run({ rate: 0.02 });
    await run({}, 1);
    await run({}, 0, await pruned(teacher, 0.1));
    await run({}, 0, teacher, { ...data, id: 'others' });
    expect(new Set(keys).size).toBe(5);
    await run({});
    expect(keys[5]).toBe(keys[0]);
  });

  test('a damaged checkpoint is no obstacle', async () => {
    const student = await pruned(teacher, 0.6);
    const checkpoints = memoryCheckpoints();
    const controller = new AbortController();
    const first = learningContext(teacher, data, {
      checkpoints,
      signal: controller.signal,
      onProgress: (p) => p.done === 3 && controller.abort(),
    });
    await expect(distill(student, o, first)).rejects.toMatchObject({ code: 'cancelled' });
    const [key] = checkpoints.kept.keys();
    checkpoints.kept.set(key, checkpoints.kept.get(key)!.slice(0, 100));
    const second = learningContext(teacher, data, { checkpoints });
    await distill(student, o, second);
    expect(second.notes.some((n) => n.key === 'learning-resumed')).toBe(false);
  });

  test('enough keeps the best so far', async () => {
    const student = await pruned(teacher, 0.6);
    const enough = new AbortController();
    const ctx = learningContext(teacher, data, {
      enough: enough.signal,
      onProgress: (p) => p.done === 22 && enough.abort(),
    });
    const result = await distill(student, o, ctx);
    expect(ctx.notes).toContainEqual({ step: 0, key: 'learning-stopped', values: { at: 23, of: 132 } });
    const right = await answersOf(teacher);
    expect(agreement(await answersOf(result), right)).toBeGreaterThan(agreement(await answersOf(student), right));
  });

  test('what gets worse is not kept', async () => {
    const ctx = learningContext(teacher, data);
    const result = await distill(teacher, options({ epochs: 2, rate: 10, optimizer: 'sgd', best: 'loss' }), ctx);
    expect(await floats(result)).toEqual(await floats(teacher));
    expect(ctx.notes.find((n) => n.key === 'learned')!.values.at).toBe(0);
  });
});
