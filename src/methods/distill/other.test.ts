import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { memorySource } from '../../base/source.ts';
import { openDataset } from '../../datasets/open.ts';
import { STORED } from '../../datasets/presets.ts';
import { inputSpecs } from '../../judge/case.ts';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { checkModel } from '../../onnx/check.ts';
import { summarize } from '../../onnx/info.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType } from '../../onnx/proto.ts';
import { readModel } from '../../onnx/read.ts';
import { renameValues } from '../../onnx/rename.ts';
import { replaceWeights } from '../../onnx/replace.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { calibrationData } from '../../recipe/calibration.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import type { MethodContext } from '../types.ts';
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

const HASH = 'a1'.repeat(32);
const reference = { name: 'other.onnx', sha256: HASH };
const data = randomData(400);
const fresh = await randomData(500, [6], 99).samples!.read(Array.from({ length: 500 }, (_, i) => i));
const answersOf = async (m: Model) => argmaxes(await answers(m, fresh), 3);
const learning = (o: object = {}) => options({ student: 'model', model: reference, ...o });
const bringing = (student: Model | undefined, more: Partial<MethodContext> = {}) => ({
  models: async ({ sha256 }: { sha256: string }) => (sha256 === HASH ? student : undefined),
  ...more,
});

/** A toy whose input, output and weights have names of their own. */
function other(hidden = 16, o: Parameters<typeof toy>[1] = {}): Model {
  const { proto, ...rest } = toy(7, { ...o, hidden });
  const names = new Map(Object.entries({ x: 'pixels', y: 'scores', h: 'x' }));
  return { ...rest, name: 'other.onnx', proto: copyWith(proto, { graph: renameValues(proto.graph!, names) }) };
}

describe('another model', () => {
  test('learns to answer as the original does, in its place', async () => {
    const teacher = toy();
    const ctx = learningContext(teacher, data, bringing(other()));
    const result = await distill(teacher, learning({ epochs: 60, rate: 0.01, batchSize: 32 }), ctx);
    expect(checkModel(result)).toEqual([]);
    const [input, output] = [mainGraph(result).input, mainGraph(result).output].map((l) => l.map((v) => v.name));
    expect([result.name, input, output]).toEqual([teacher.name, ['x'], ['y']]);
    expect(mainGraph(result).node.map((n) => n.opType)).toEqual(['Gemm', 'Relu', 'Gemm']);
    expect((await floats(result)).w1.length).toBe(6 * 16);
    const right = await answersOf(teacher);
    expect(agreement(await answersOf(result), right)).toBeGreaterThan(0.85);
    expect(ctx.notes.filter((n) => n.key === 'student-renamed').map((n) => n.values)).toEqual([
      { from: 'pixels', to: 'x' },
      { from: 'scores', to: 'y' },
    ]);
    // Its w1 is not the original's, beside which a report would be shown.
    expect(ctx.reports.size).toBe(0);
  });

  test('begins with its own weights, keeps its zeros, and is rounded where that is asked for', async () => {
    const teacher = toy();
    const student = replaceWeights(other(), new Map([['w1', { tensor: await halfZero(other()) }]]));
    const still = await distill(
      teacher,
      learning({ steps: 1, rate: 1e-7, heldOut: 0 }),
      learningContext(teacher, data, bringing(student)),
    );
    expect(await answersOf(still)).toEqual(await answersOf(await named(student)));
    const quantization = { bits: 4, minElements: 0 };
    const o = learning({ epochs: 3, rate: 0.01, quantization });
    const { w1, w2 } = await floats(await distill(teacher, o, learningContext(teacher, data, bringing(student))));
    expect(w1.filter((_, i) => i % 2 === 0).every((x) => x === 0)).toBe(true);
    expect(w1.filter((_, i) => i % 2 === 1).some((x) => x !== 0)).toBe(true);
    // Three outputs, each with a scale of its own and at most 15 levels.
    const columns = [0, 1, 2].map((c) => new Set(w2.filter((_, i) => i % 3 === c)).size);
    expect(Math.max(...columns)).toBeLessThanOrEqual(15);
  });

  test('says when it gives probabilities and the original does not, and when the steps before do not matter', async () => {
    const original = toy();
    const input = toy(1, { hidden: 23 });
    const ctx = learningContext(original, data, bringing(other(8, { softmax: true })));
    await distill(input, learning({ steps: 2 }), ctx);
    expect(ctx.notes.map((n) => n.key)).toEqual(expect.arrayContaining(['student-softmax', 'steps-before-unused']));
    const taught = learningContext(original, data, bringing(other(8)));
    await distill(input, learning({ steps: 2, teacher: 'input' }), taught);
    expect(taught.notes.map((n) => n.key)).not.toContain('steps-before-unused');
  });

  test('is known by its hash: missing without it, and another one learns by itself', async () => {
    const teacher = toy();
    const missing = { code: 'recipe/model-missing', hint: expect.stringContaining('--student') };
    await expect(distill(teacher, learning(), learningContext(teacher, data))).rejects.toMatchObject(missing);
    const elsewhere = learning({ model: { ...reference, sha256: 'b2'.repeat(32) } });
    await expect(distill(teacher, elsewhere, learningContext(teacher, data, bringing(other())))).rejects.toMatchObject(
      missing,
    );
    const keys = new Set<string>();
    for (const sha256 of [HASH, 'c3'.repeat(32)]) {
      const checkpoints = memoryCheckpoints();
      const controller = new AbortController();
      const ctx = learningContext(teacher, data, {
        ...{ models: async () => other(), checkpoints, signal: controller.signal },
        onProgress: (p) => p.phase === 'learn' && p.done === 3 && controller.abort(),
      });
      const o = learning({ model: { ...reference, sha256 } });
      await expect(distill(teacher, o, ctx)).rejects.toMatchObject({ code: 'cancelled' });
      for (const key of checkpoints.kept.keys()) keys.add(key);
    }
    expect(keys.size).toBe(2);
  });

  test('with other classes than its output says is found out by running it, and both shapes are named', async () => {
    const tensors = [makeTensor('w', DataType.FLOAT, [6, 5], new Float32Array(30).fill(0.1))];
    const proto = modelProto(
      graph(
        'g',
        [node('MatMul', ['x', 'w'], ['y'])],
        [valueInfo('x', 1, ['n', 6])],
        [valueInfo('y', 1, null)],
        tensors,
      ),
      17,
    );
    const student = { name: 'five.onnx', proto, bytes: 0, external: [] };
    const run = distill(toy(), learning(), learningContext(toy(), data, bringing(student)));
    await expect(run).rejects.toThrow(/five\.onnx gives \[64, 5\] .* original gives \[64, 3\]/);
  });

  test('that cannot run on the data says so', async () => {
    const tensors = [
      makeTensor('w', DataType.FLOAT, [5, 3], new Float32Array(15).fill(0.1)),
      makeTensor('to', DataType.INT64, [2], BigInt64Array.of(-1n, 5n)),
    ];
    const nodes = [node('Reshape', ['x', 'to'], ['h']), node('MatMul', ['h', 'w'], ['y'])];
    const proto = modelProto(graph('g', nodes, [valueInfo('x', 1, null)], [valueInfo('y', 1, null)], tensors), 17);
    const student = { name: 'five.onnx', proto, bytes: 0, external: [] };
    const run = distill(toy(), learning(), learningContext(toy(), data, bringing(student)));
    await expect(run).rejects.toMatchObject({
      code: 'recipe/not-applicable',
      message: expect.stringContaining('does not run'),
    });
  });
});

test('LeNet-300 with noise in its weights learns from LeNet-5', async () => {
  const open = (name: string) => {
    const bytes = new Uint8Array(readFileSync(`public/samples/${name}`));
    return readModel(memorySource(bytes, name));
  };
  const [teacher, sample] = [await open('mnist-lenet5.onnx'), await open('mnist-lenet300.onnx')];
  const random = new Random(3);
  const noisy = new Map();
  for (const t of mainGraph(sample).initializer) {
    if (t.dims.length < 2) continue;
    const values = await readFloats(t);
    const spread = Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length);
    noisy.set(t.name, {
      tensor: makeTensor(
        t.name,
        1,
        dimsOf(t),
        values.map((v) => v + 0.8 * spread * random.normal()),
      ),
    });
  }
  const files = ['images-idx3', 'labels-idx1'].map((n) => `mnist-test-${n}-ubyte.gz`);
  const sources = files.map((n) => memorySource(new Uint8Array(readFileSync(`public/samples/${n}`)), n));
  const specs = inputSpecs(summarize(teacher));
  const all = await openDataset(sources, { decodeImage: () => Promise.reject(new Error('no image')), inputs: specs });
  const { labels: _, ...unlabelled } = all;
  const digits = calibrationData({ ...unlabelled, count: 600 }, specs, { ...STORED, scale: 1 / 255 });
  const ctx = learningContext(teacher, digits, bringing(replaceWeights(sample, noisy)));
  const result = await distill(teacher, learning({ steps: 40, heldOut: 0.25, evaluateEvery: 20 }), ctx);
  expect(checkModel(result)).toEqual([]);
  const { before, after } = ctx.notes.find((n) => n.key === 'learned')!.values as { before: number; after: number };
  expect(before).toBeLessThan(0.93);
  expect(after).toBeGreaterThan(before);
});

describe('a recipe', () => {
  const step = (o: object) => () => parseRecipe({ pare: 1, steps: [{ method: 'distill', ...o }] });
  test.each([
    [{ student: 'model' }, /^steps\[0\]\.model: expected the name and sha256/],
    [{ student: 'narrow', model: reference }, /^steps\[0\]\.model: expected no model/],
    [{ model: reference }, /^steps\[0\]\.model: expected no model/],
    [{ student: 'model', model: { ...reference, sha256: 'A1' } }, /^steps\[0\]\.model\.sha256: expected 64 hexa/],
    [{ student: 'model', model: { ...reference, name: '' } }, /^steps\[0\]\.model\.name/],
    [{ student: 'model', model: { ...reference, path: '/etc' } }, /^steps\[0\]\.model\.path: unknown key/],
    [{ student: 'model', model: reference, width: 0.5 }, /^steps\[0\]\.width: expected no width/],
    [{ student: 'model', model: reference, initialise: 'random' }, /^steps\[0\]\.initialise: expected no random/],
  ])('with %j is refused', (o, message) => {
    expect(step(o)).toThrow(message);
  });

  test('names the student, and no other field is needed', () => {
    expect(step({ student: 'model', model: reference })().steps[0]).toMatchObject({ model: reference });
  });
});

async function halfZero(model: Model) {
  const w = (await floats(model)).w1;
  return makeTensor(
    'w1',
    DataType.FLOAT,
    [6, 16],
    w.map((v, i) => (i % 2 ? v : 0)),
  );
}

/** Under the names of the original, to be asked for the same. */
async function named(model: Model): Promise<Model> {
  const names = new Map(Object.entries({ pixels: 'x', scores: 'y', x: 'h' }));
  return { ...model, proto: copyWith(model.proto, { graph: renameValues(model.proto.graph!, names) }) };
}
