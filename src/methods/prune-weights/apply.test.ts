import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { node } from '../../onnx/build.ts';
import { floatsToHalves } from '../../onnx/float.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { makeTensor, readFloats, readRaw, viewAs } from '../../onnx/tensor.ts';
import { listWeights } from '../../onnx/weights.ts';
import { evaluatePlan } from '../plan.ts';
import { modelOf, plansOf, randomWeights, testContext } from '../testing.ts';
import { pruneWeights } from './apply.ts';
import { forecastPruneWeights } from './forecast.ts';
import { type PruneWeightsOptions, pruneWeightsSchema } from './options.ts';

const options = (o: object = {}): PruneWeightsOptions => v.parse(pruneWeightsSchema, { method: 'prune-weights', ...o });

/** One MatMul per matrix. */
function matrices(list: Float32Array<ArrayBuffer>[], rows = 1): Model {
  const tensors = list.map((x, i) => makeTensor(`w${i}`, DataType.FLOAT, [rows, x.length / rows], x));
  return modelOf(
    list.map((_, i) => node('MatMul', [`x${i}`, `w${i}`], [`y${i}`])),
    tensors,
  );
}

async function pruned(model: Model, o: object = {}) {
  const ctx = testContext();
  const after = await pruneWeights(model, options(o), ctx);
  const weights: Float32Array[] = [];
  for (const t of after.proto.graph!.initializer) weights.push(await readFloats(t));
  return { ctx, after, weights };
}

const zeros = (x: Float32Array) => x.filter((w) => w === 0).length;

describe('unstructured', () => {
  const numbers = fc.array(fc.constantFrom(0, -0, 0.5, -0.5, 1, -1, 2, 1e-30, -3.25, 7), {
    minLength: 1,
    maxLength: 40,
  });

  test('exactly the asked share of all weights, the smallest, the first of equals staying', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(numbers, { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (lists, sparsity) => {
          const before = lists.map((l) => Float32Array.from(l));
          const { weights, ctx } = await pruned(matrices(before), { sparsity });
          // By definition: all elements in order of magnitude, of equals the later first, and the first k go.
          const all = before.flatMap((x, t) => Array.from(x, (value, i) => ({ value, t, i })));
          const order = all.map((_, k) => k).sort((a, b) => Math.abs(all[a].value) - Math.abs(all[b].value) || b - a);
          const expected = before.map((x) => x.slice());
          for (const k of order.slice(0, Math.round(sparsity * all.length))) expected[all[k].t][all[k].i] = 0;
          expected.forEach((x, t) => {
            expect(weights[t].map(Math.abs)).toEqual(x.map(Math.abs));
            expect(weights[t].every((w, i) => w === x[i])).toBe(true);
            expect(ctx.reports.get(`w${t}`)!.zeros).toBe(zeros(x));
          });
        },
      ),
    );
  });

  test('per layer, each its own share', async () => {
    const list = [randomWeights('normal', 100, 1), randomWeights('laplace', 333, 2)];
    const { weights } = await pruned(matrices(list), { scope: 'layer', sparsity: 0.3 });
    expect(weights.map(zeros)).toEqual([30, 100]);
  });

  test('a layer with a sparsity or threshold of its own is not part of the global comparison', async () => {
    const list = [1, 2, 3, 4].map((seed) => randomWeights('normal', 1000, seed));
    const layers = { w0: { sparsity: 0.9 }, w1: { skip: true }, w2: { threshold: 0.05 } };
    const { weights } = await pruned(matrices(list), { sparsity: 0.25, layers });
    expect(zeros(weights[0])).toBe(900);
    expect(weights[1]).toEqual(list[1]);
    expect(weights[2]).toEqual(list[2].map((x) => (Math.abs(x) < 0.05 ? 0 : x)));
    expect(zeros(weights[3])).toBe(250);
  });

  test('everything, nothing, and what cannot be pruned', async () => {
    const x = randomWeights('normal', 50, 1);
    expect(zeros((await pruned(matrices([x]), { sparsity: 1 })).weights[0])).toBe(50);
    expect((await pruned(matrices([x]), { sparsity: 0 })).weights[0]).toEqual(x);
    const bad = x.slice();
    bad[3] = Number.NaN;
    const { ctx, weights } = await pruned(matrices([bad, x]), { sparsity: 0.5 });
    expect(ctx.notes).toEqual([{ step: 0, key: 'skipped-nan', values: { tensor: 'w0' } }]);
    expect([zeros(weights[0]), zeros(weights[1])]).toEqual([0, 25]);
    expect((await pruned(matrices([new Float32Array(0)]))).ctx.reports.size).toBe(0);
    expect((await pruned(matrices([x]), { minElements: 51 })).ctx.reports.size).toBe(0);
  });
});

describe('N:M', () => {
  const check = (x: Float32Array, n: number, m: number, groups: number[][]) => {
    for (const group of groups) expect(group.filter((i) => x[i] !== 0).length).toBe(Math.min(n, group.length, m));
  };

  test('groups run along what the layer sums over', async () => {
    const dims = { conv: [4, 8, 3, 3], gemm: [6, 16], matmul: [16, 6], up: [8, 4, 2, 2] };
    const n = (d: number[]) => d.reduce((a, b) => a * b, 1);
    const model = modelOf(
      [
        node('Conv', ['x', 'conv'], ['a']),
        node('Gemm', ['y', 'gemm'], ['b'], { transB: 1 }),
        node('MatMul', ['z', 'matmul'], ['c']),
        node('ConvTranspose', ['w', 'up'], ['d']),
      ],
      Object.entries(dims).map(([name, d], i) => makeTensor(name, DataType.FLOAT, d, randomWeights('normal', n(d), i))),
    );
    for (const [pattern, keep, of] of [
      ['2:4', 2, 4],
      ['4:8', 4, 8],
      [{ n: 1, m: 3 }, 1, 3],
    ] as const) {
      const { weights } = await pruned(model, { pattern });
      const groups = (outer: number, along: number, inner: number) => {
        const out: number[][] = [];
        for (let o = 0; o < outer; o++) {
          for (let i = 0; i < inner; i++) {
            for (let a = 0; a < along; a += of) {
              const size = Math.min(of, along - a);
              out.push(Array.from({ length: size }, (_, k) => (o * along + a + k) * inner + i));
            }
          }
        }
        return out;
      };
      check(weights[0], keep, of, groups(4, 8, 9));
      check(weights[1], keep, of, groups(6, 16, 1));
      check(weights[2], keep, of, groups(1, 16, 6));
      check(weights[3], keep, of, groups(1, 8, 16));
    }
  });
});

test('every dtype keeps to its own numbers, what stays unchanged to the bit', async () => {
  const x = Float64Array.from(randomWeights('normal', 64, 1), (w) => w + 1e-12);
  const halves = floatsToHalves(Float32Array.from(x));
  const model = modelOf(
    [node('MatMul', ['a', 'd'], ['y']), node('MatMul', ['b', 'h'], ['z'])],
    [makeTensor('d', DataType.DOUBLE, [8, 8], x), makeTensor('h', DataType.FLOAT16, [8, 8], halves)],
  );
  const { after } = await pruned(model, { scope: 'layer', sparsity: 0.5 });
  const [d, h] = after.proto.graph!.initializer;
  const doubles = viewAs(Float64Array<ArrayBuffer>, await readRaw(d));
  expect(doubles.filter((w) => w === 0).length).toBe(32);
  for (let i = 0; i < 64; i++) if (doubles[i] !== 0) expect(doubles[i]).toBe(x[i]);
  const bits = viewAs(Uint16Array<ArrayBuffer>, await readRaw(h));
  expect(bits.filter((w) => w === 0).length).toBe(32);
  for (let i = 0; i < 64; i++) if (bits[i] !== 0) expect(bits[i]).toBe(halves[i]);
});

test('nothing is read before a payload is', async () => {
  const model = matrices([randomWeights('normal', 5000, 1)]);
  const ctx = testContext();
  const after = await pruneWeights(model, options({ sparsity: 0.5 }), ctx);
  expect(ctx.reports.size).toBe(0);
  await readFloats(listWeights(after.proto)[0].tensor);
  expect(ctx.reports.size).toBe(1);
});

test('the forecast: zeros to a thousandth of the weights, error to half a decibel', async () => {
  const list = [
    randomWeights('normal', 20000, 1),
    randomWeights('laplace', 30000, 2),
    randomWeights('bimodal', 10000, 3),
    randomWeights('sparse', 400000, 4),
  ];
  const model = matrices(list, 20);
  for (const o of [
    ...[0.2, 0.5, 0.9].map((sparsity) => ({ sparsity })),
    { scope: 'layer', sparsity: 0.6 },
    { threshold: 0.03 },
    { pattern: '2:4' },
  ]) {
    const { ctx } = await pruned(model, o);
    const plans = forecastPruneWeights(await plansOf(model), options(o));
    plans.forEach((plan, i) => {
      const report = ctx.reports.get(`w${i}`)!;
      const effect = evaluatePlan(plan);
      expect(plan.bytes).toBe(report.bytesAfter);
      // Inside a bin values are taken as evenly spread. An N:M pattern is a draw: groups of a random tensor vary.
      const slack = 'pattern' in o ? 0.01 : 0.001;
      expect(Math.abs(effect.zeros - report.zeros)).toBeLessThan(slack * list[i].length);
      if (Number.isFinite(report.sqnr))
        expect(Math.abs(effect.sqnr - report.sqnr), JSON.stringify([o, i, effect.sqnr, report.sqnr])).toBeLessThan(0.5);
      else expect(effect.sqnr).toBe(report.sqnr);
    });
  }
});

describe('options', () => {
  const refused = (o: object) => v.safeParse(pruneWeightsSchema, { method: 'prune-weights', ...o }).issues?.[0].message;
  test('exactly one of sparsity and threshold', () => {
    expect(options().sparsity).toBe(0.5);
    expect(options({ threshold: 0.1 }).sparsity).toBeUndefined();
    expect(refused({ sparsity: 0.5, threshold: 0.1 })).toMatch('either');
    expect(refused({ layers: { a: { sparsity: 0.5, threshold: 0.1 } } })).toMatch('either');
  });
  test('a pattern sets its own sparsity', () => {
    expect(options({ pattern: '2:4' }).sparsity).toBeUndefined();
    expect(refused({ pattern: '2:4', sparsity: 0.5 })).toMatch('beside');
    expect(refused({ pattern: '2:4', layers: { a: { threshold: 1 } } })).toMatch('skipped');
    expect(refused({ pattern: { n: 3, m: 2 } })).toBeDefined();
  });
  test('out of range and unknown', () => {
    for (const o of [
      { sparsity: 1.5 },
      { sparsity: -0.1 },
      { threshold: -1 },
      { threshold: Number.NaN },
      { nope: 1 },
    ]) {
      expect(refused(o)).toBeDefined();
    }
  });
});
