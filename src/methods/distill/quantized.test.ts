import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { buildEvaluator } from '../../autodiff/evaluate.ts';
import { checkModel } from '../../onnx/check.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, DataType } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats, readRaw } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { openSession } from '../../runtime/session.ts';
import { quantizeDynamic } from '../quantize-dynamic/apply.ts';
import { quantizeDynamicSchema } from '../quantize-dynamic/options.ts';
import { quantizeStatic } from '../quantize-static/apply.ts';
import { quantizeStaticSchema } from '../quantize-static/options.ts';
import { quantizeWeights } from '../quantize-weights/apply.ts';
import { quantizeWeightsSchema } from '../quantize-weights/options.ts';
import { distill } from './apply.ts';
import { compressedStudent } from './compressed.ts';
import { rounded } from './rounding.ts';
import { shadowOf } from './shadow.ts';
import { answers, learningContext, memoryCheckpoints, options, randomData, toy } from './testing.ts';

const data = randomData(400);
const fresh = randomData(500, [6], 99);
const indices = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Mean of T²·KL of three logits a row, at T = 1. */
function divergence(p: Float32Array, q: Float32Array): number {
  const soft = (y: Float32Array, at: number) => {
    const e = [0, 1, 2].map((k) => Math.exp(y[at + k] - Math.max(y[at], y[at + 1], y[at + 2])));
    const sum = e[0] + e[1] + e[2];
    return e.map((x) => x / sum);
  };
  let sum = 0;
  for (let i = 0; i < p.length; i += 3) {
    const [a, b] = [soft(p, i), soft(q, i)];
    for (let k = 0; k < 3; k++) if (a[k] > 0) sum += a[k] * Math.log(a[k] / Math.max(b[k], 1e-30));
  }
  return sum / (p.length / 3);
}

async function distance(teacher: Model, m: Model): Promise<number> {
  const inputs = await fresh.samples!.read(indices(500));
  return divergence(await answers(teacher, inputs), await answers(m, inputs));
}

const weightsOnly = (m: Model, o: object, ctx = learningContext(m, data)) =>
  quantizeWeights(m, v.parse(quantizeWeightsSchema, { method: 'quantize-weights', minElements: 0, ...o }), {
    ...ctx,
    sketch: learningContext(m, data).sketch,
  });
const statically = (m: Model, o: object) =>
  quantizeStatic(m, v.parse(quantizeStaticSchema, { method: 'quantize-static', ...o }), learningContext(m, data));

/** The model with one of its tensors times a factor. */
async function weightsTimes(m: Model, name: string, factor: number): Promise<Model> {
  const g = mainGraph(m);
  const initializer = await Promise.all(
    g.initializer.map(async (t) =>
      t.name === name
        ? makeTensor(
            name,
            DataType.FLOAT,
            dimsOf(t),
            (await readFloats(t)).map((x) => factor * x),
          )
        : t,
    ),
  );
  return { ...m, proto: copyWith(m.proto, { graph: copyWith(g, { initializer }) }) };
}

describe('a QDQ model', () => {
  test.each([
    { weightType: 'QInt4', perChannel: false },
    { weightType: 'QUInt4', activationType: 'QInt8', perChannel: false },
    { weightType: 'QInt4', perChannel: true },
  ])('learns in its integers and scales: %j', async (o) => {
    const teacher = toy(2);
    const student = await statically(teacher, o);
    const ctx = learningContext(teacher, data);
    const result = await distill(student, options({ epochs: 40, rate: 0.005, batchSize: 32, temperature: 2 }), ctx);
    expect(checkModel(result)).toEqual([]);
    expect(await distance(teacher, result)).toBeLessThan(0.6 * (await distance(teacher, student)));
    // Nothing of the graph has changed, and no dtype.
    expect(mainGraph(result).node).toEqual(mainGraph(student).node);
    const types = (m: Model) => mainGraph(m).initializer.map((t) => [t.name, t.dataType, dimsOf(t)]);
    expect(types(result)).toEqual(types(student));
    expect(ctx.notes.find((n) => n.key === 'learned')!.values.at).toBeGreaterThan(0);
  });

  test('learns where rounding comes after what is learned, as behind a softmax', async () => {
    const teacher = toy(2, { softmax: true });
    const student = await statically(teacher, { perChannel: false, weightType: 'QInt4' });
    const ctx = learningContext(teacher, data);
    const result = await distill(student, options({ epochs: 20, rate: 0.005, batchSize: 32 }), ctx);
    const { values } = ctx.notes.find((n) => n.key === 'learned')!;
    expect(values.at).toBeGreaterThan(0);
    expect(mainGraph(result).node).toEqual(mainGraph(student).node);
  });

  test('goes on from a checkpoint to the same bits, blends and scales included', async () => {
    const teacher = toy(2);
    const student = await statically(teacher, { perChannel: false, weightType: 'QInt4' });
    const o = options({ steps: 12, batchSize: 32, evaluateEvery: 4, augment: { mix: true } });
    const whole = await distill(student, o, learningContext(teacher, data));
    const checkpoints = memoryCheckpoints();
    const controller = new AbortController();
    const onProgress = (p: { done: number }) => p.done === 6 && controller.abort();
    const first = learningContext(teacher, data, { checkpoints, signal: controller.signal, onProgress });
    await expect(distill(student, o, first)).rejects.toMatchObject({ code: 'cancelled' });
    const second = await distill(student, o, learningContext(teacher, data, { checkpoints }));
    for (const [i, t] of mainGraph(whole).initializer.entries()) {
      expect(await readRaw(mainGraph(second).initializer[i])).toEqual(await readRaw(t));
    }
  });

  test('is as floats what it is as integers', async () => {
    for (const o of [{}, { perChannel: false }, { activationType: 'QInt8', weightType: 'QInt4' }]) {
      const model = await statically(toy(2), o);
      const shadow = await shadowOf(model, async () => undefined, true);
      expect(mainGraph(shadow.model).node.some((n) => /QuantizeLinear/.test(n.opType))).toBe(false);
      const feeds = await fresh.samples!.read(indices(64));
      const open = learningContext(model, data).openSession;
      const evaluator = await buildEvaluator(
        shadow.model,
        { feeds, parameters: [], outputs: ['y'], fakeQuantizers: shadow.quantizers },
        open,
      );
      const all = new Map([...shadow.quantizers].map(([name, q]) => [name, Float32Array.from(q.scale!)]));
      const { y } = await evaluator.run(feeds, new Map(), all);
      // Without fused integer kernels, whose sums round elsewhere.
      const session = await openSession(await modelBytes(model), { optimize: 'off' });
      const expected = (await session.run(feeds)).y.data as Float32Array;
      await session.release();
      const step = shadow.quantizers.get(mainGraph(model).node.at(-1)!.input[0])!.scale![0];
      // A tie may round to the other side, a step away.
      const wrong = expected.filter((x, i) => Math.abs(x - (y.data as Float32Array)[i]) > 1e-5);
      expect(wrong.length).toBeLessThanOrEqual(2);
      for (let i = 0; i < expected.length; i++)
        expect(Math.abs(expected[i] - (y.data as Float32Array)[i])).toBeLessThan(1.01 * step);
      await evaluator.release();
    }
  });

  test('biases have the product of scales that integer kernels take for granted', async () => {
    const teacher = toy(2);
    const student = await statically(teacher, { perChannel: false });
    const result = await distill(
      student,
      options({ epochs: 3, rate: 0.01, heldOut: 0 }),
      learningContext(teacher, data),
    );
    const scale = async (name: string) =>
      (await readFloats(mainGraph(result).initializer.find((t) => t.name === name)!))[0];
    const before = (await readFloats(mainGraph(student).initializer.find((t) => t.name === 'x_scale')!))[0];
    expect(await scale('x_scale')).not.toBe(before);
    expect(await scale('b1_quantized_scale')).toBe(Math.fround((await scale('x_scale')) * (await scale('w1_scale'))));
  });

  test('begins with the floats that were rounded', async () => {
    const teacher = toy(2);
    const model = await statically(teacher, { weightType: 'QInt4', perChannel: false });
    const w1 = await readFloats(mainGraph(teacher).initializer[0]);
    const shadow = await shadowOf(model, async (name) => (name === 'w1_quantized' ? w1 : undefined), true);
    const float = mainGraph(shadow.model).initializer.find((t) => t.name === 'w1_quantized_float')!;
    expect(await readFloats(float)).toEqual(w1);
  });

  test('begins with the floats that a step before had changed, and as what was rounded', async () => {
    const teacher = toy(2);
    const grown = await weightsTimes(teacher, 'w1', 1.04);
    const model = await statically(grown, { weightType: 'QInt8', perChannel: false });
    const ctx = learningContext(teacher, data);
    const shadowed = async (more: object) => {
      const student = await compressedStudent(model, teacher, options(), { ...ctx, ...more });
      return readFloats(mainGraph(student.model).initializer.find((t) => t.name === 'w1_quantized_float')!);
    };
    const w1 = (m: Model) => readFloats(mainGraph(m).initializer.find((t) => t.name === 'w1')!);
    expect(await shadowed({ earlier: [teacher, grown] })).toEqual(await w1(grown));
    // Of floats that round elsewhere nothing is taken: in steps of the scale no number is further from its integer than half of one.
    const scale = (await readFloats(mainGraph(model).initializer.find((t) => t.name === 'w1_scale')!))[0];
    const [far, near] = [await w1(teacher), await w1(grown)];
    const started = await shadowed({});
    expect(far.some((x, i) => Math.round(x / scale) !== Math.round(near[i] / scale))).toBe(true);
    started.forEach((x, i) => {
      expect(Math.round(x / scale)).toBe(Math.round(near[i] / scale));
    });
  });
});

describe('weights that nodes decode', () => {
  test.each([
    { bits: 2, scheme: 'codebook', granularity: 'tensor' },
    { bits: 3, scheme: 'symmetric', granularity: 'channel' },
    { bits: 3, scheme: 'symmetric', granularity: 'tensor', encoding: 'packed' },
    { bits: 2, scheme: 'article', granularity: 'tensor' },
    { bits: 3, scheme: 'symmetric', granularity: 'block', blockSize: 16 },
  ])('keep their integers while levels and scales learn: %j', async (o) => {
    const teacher = toy(2);
    const student = await weightsOnly(teacher, o);
    const ctx = learningContext(teacher, data);
    const result = await distill(student, options({ epochs: 30, rate: 0.01, batchSize: 32 }), ctx);
    expect(checkModel(result)).toEqual([]);
    expect(await distance(teacher, result)).toBeLessThan(0.8 * (await distance(teacher, student)));
    for (const t of mainGraph(student).initializer) {
      const now = mainGraph(result).initializer.find((i) => i.name === t.name)!;
      if (t.dataType !== DataType.FLOAT) expect(await readRaw(now)).toEqual(await readRaw(t));
    }
  });

  test('learn as integers where DequantizeLinear reads them', async () => {
    const teacher = toy(2);
    const student = await weightsOnly(teacher, { bits: 4, decode: 'run', granularity: 'tensor' });
    const ctx = learningContext(teacher, data);
    const result = await distill(student, options({ epochs: 30, rate: 0.005, batchSize: 32 }), ctx);
    expect(await distance(teacher, result)).toBeLessThan(0.8 * (await distance(teacher, student)));
    expect(mainGraph(result).node).toEqual(mainGraph(student).node);
  });
});

describe('before it is quantized', () => {
  test.each([
    { bits: 3, granularity: 'channel' },
    { bits: 3, granularity: 'tensor' },
    { bits: 3, granularity: 'tensor', scheme: 'asymmetric' },
  ])('weights learn to be rounded, and then lose nothing by it: %j', async (q) => {
    const teacher = toy(2);
    const { bits, granularity, scheme = 'symmetric' } = q as { scheme?: string; bits: number; granularity: string };
    const later = { bits, granularity, scheme };
    const rate = { epochs: 40, rate: 0.005, batchSize: 32 };
    const learned = await distill(
      teacher,
      options({ ...rate, quantization: { ...q, minElements: 0 } }),
      learningContext(teacher, data),
    );
    const adapted = await weightsOnly(learned, later);
    const plain = await weightsOnly(teacher, later);
    const [after, before] = [await distance(teacher, adapted), await distance(teacher, plain)];
    expect(after).toBeLessThan(0.6 * before);
    const [a, b] = [await distance(teacher, learned), after];
    // Scales are rounded to float32 twice: the integers are the same.
    expect(Math.abs(a - b)).toBeLessThan(1e-4 * (1 + b));
  });

  test('activations can be rounded too', async () => {
    const teacher = toy(2);
    const q = { bits: 4, granularity: 'tensor', activations: 8 };
    const learned = await distill(
      teacher,
      options({ epochs: 30, rate: 0.005, batchSize: 32, quantization: q }),
      learningContext(teacher, data),
    );
    const later = { weightType: 'QInt4', perChannel: false };
    expect(await distance(teacher, await statically(learned, later))).toBeLessThan(
      await distance(teacher, await statically(teacher, later)),
    );
  });

  test('rounding twice is rounding once', () => {
    const x = Float32Array.from({ length: 60 }, (_, i) => Math.sin(3 * i) * (1 + (i % 5)));
    for (const symmetric of [true, false]) {
      for (const axis of [undefined, 0, 1]) {
        const q = { bits: 3, symmetric, ...(axis !== undefined && { axis }) };
        const once = rounded(x, [5, 12], q);
        for (const [i, y] of rounded(once, [5, 12], q).entries()) expect(y).toBeCloseTo(once[i], 5);
      }
    }
  });

  test('a model that is quantized already is refused', async () => {
    const teacher = toy(2);
    const student = await statically(teacher, {});
    await expect(
      distill(student, options({ quantization: { bits: 8 } }), learningContext(teacher, data)),
    ).rejects.toMatchObject({
      code: 'recipe/not-applicable',
    });
  });
});

test('integer operators are refused by name, with what to do instead', async () => {
  const teacher = toy(2);
  const dynamic = await quantizeDynamic(
    teacher,
    v.parse(quantizeDynamicSchema, { method: 'quantize-dynamic' }),
    learningContext(teacher, data),
  );
  const run = distill(dynamic, options(), learningContext(teacher, data));
  await expect(run).rejects.toMatchObject({ code: 'recipe/not-applicable', hint: expect.stringContaining('before') });
});
