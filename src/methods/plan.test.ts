import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { sketchOf } from '../kernels/sketch.ts';
import { node } from '../onnx/build.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { modelBytes } from '../onnx/write.ts';
import { evaluatePlan, type PlanEffect } from './plan.ts';
import { pruneWeightsMethod } from './prune-weights/index.ts';
import { quantizeWeightsMethod } from './quantize-weights/index.ts';
import { modelOf, plansOf, randomWeights, type Shape, testContext } from './testing.ts';
import type { TensorReport } from './types.ts';

const SHAPES: readonly Shape[] = ['normal', 'laplace', 'uniform', 'bimodal', 'sparse', 'constant', 'shifted'];
const [ROWS, COLUMNS] = [384, 96];

/** A step on one MatMul weight: what was foretold, and what came of it. */
async function both(
  x: Float32Array<ArrayBuffer>,
  steps: object[],
  edges?: Float64Array,
): Promise<{ effect: PlanEffect; report: TensorReport; bytes: number }> {
  let model = modelOf([node('MatMul', ['x', 'w'], ['y'])], [makeTensor('w', DataType.FLOAT, [ROWS, COLUMNS], x)]);
  let plans = await plansOf(model);
  const ctx = testContext();
  for (const step of steps) {
    const method = 'bits' in step ? quantizeWeightsMethod : pruneWeightsMethod;
    const options = v.parse(method.schema as typeof quantizeWeightsMethod.schema, { method: method.name, ...step });
    model = await (method as typeof quantizeWeightsMethod).apply(model, options, ctx);
    plans = (method as typeof quantizeWeightsMethod).forecast!(plans, options);
  }
  await modelBytes(model);
  const report = ctx.reports.get('w')!;
  return { effect: evaluatePlan(plans[0], edges), report, bytes: plans[0].bytes };
}

/** Each column times a factor of its own. */
function scaled(x: Float32Array<ArrayBuffer>, spread: number): Float32Array<ArrayBuffer> {
  const factor = randomWeights('normal', COLUMNS, 99).map((z) => Math.exp((z / 0.05) * spread));
  return x.map((w, i) => w * factor[i % COLUMNS]);
}

function near(effect: PlanEffect, report: TensorReport, within: number) {
  if (report.sqnr > 140) expect(effect.sqnr).toBeGreaterThan(140);
  else expect(Math.abs(effect.sqnr - report.sqnr)).toBeLessThan(within);
}

describe.each(['symmetric', 'asymmetric', 'article', 'codebook'] as const)('%s', (scheme) => {
  test.each(SHAPES)('%s weights, a scale per tensor: within 1 dB from 3 bits up', async (shape) => {
    for (const bits of [3, 4, 5, 6, 7, 8]) {
      for (const range of ['minmax', 'mse']) {
        const x = randomWeights(shape, ROWS * COLUMNS, bits);
        const { effect, report, bytes } = await both(x, [{ bits, scheme, range, granularity: 'tensor' }]);
        near(effect, report, 1);
        expect(bytes).toBe(report.bytesAfter);
      }
    }
  });

  test.each(SHAPES)('%s weights, a scale per channel: within 2 dB', async (shape) => {
    // A codebook of as many levels as a channel has values follows each of them, which no sketch knows.
    const few = scheme === 'codebook' && shape === 'sparse';
    for (const bits of few ? [3, 4] : [3, 4, 5, 6, 8]) {
      for (const range of ['minmax', 'mse']) {
        const x = randomWeights(shape, ROWS * COLUMNS, bits);
        const { effect, report, bytes } = await both(x, [{ bits, scheme, range, granularity: 'channel' }]);
        near(effect, report, 2);
        expect(bytes).toBe(report.bytesAfter);
      }
    }
  });

  test.runIf(scheme !== 'codebook').each(SHAPES)('%s weights, a scale per block: within 2 dB', async (shape) => {
    for (const bits of [4, 8]) {
      const x = randomWeights(shape, ROWS * COLUMNS, bits);
      const { effect, report, bytes } = await both(x, [{ bits, scheme, granularity: 'block', blockSize: 64 }]);
      near(effect, report, 2);
      expect(bytes).toBe(report.bytesAfter);
    }
  });
});

test('channels of different scales: within 2 dB from 4 bits up', async () => {
  for (const shape of ['normal', 'uniform', 'laplace', 'shifted'] as const) {
    for (const scheme of ['symmetric', 'asymmetric', 'article']) {
      for (const bits of [4, 6, 8]) {
        const x = scaled(randomWeights(shape, ROWS * COLUMNS, bits), 0.6);
        const { effect, report } = await both(x, [{ bits, scheme, granularity: 'channel' }]);
        near(effect, report, 2);
      }
    }
  }
});

test('float16: within 1 dB', async () => {
  for (const shape of ['normal', 'laplace', 'sparse'] as const) {
    const { effect, report, bytes } = await both(randomWeights(shape, ROWS * COLUMNS, 1), [{ bits: 16 }]);
    near(effect, report, 1);
    expect(bytes).toBe(report.bytesAfter);
  }
});

test('pruning, then quantizing: zeros and both errors together', async () => {
  const x = randomWeights('normal', ROWS * COLUMNS, 1);
  const steps = [{ sparsity: 0.6 }, { bits: 5, granularity: 'tensor' }];
  const { effect, report } = await both(x, steps);
  expect(Math.abs(effect.zeros - report.zeros)).toBeLessThan(0.005 * x.length);
  // The report's error is of its own step; the forecast's is of the whole way.
  const pruned = await both(x, steps.slice(0, 1));
  expect(effect.sqnr).toBeLessThan(pruned.report.sqnr);
  expect(effect.sqnr).toBeGreaterThan(pruned.report.sqnr - 1);
});

describe('histograms', () => {
  const edges = Float64Array.from({ length: 41 }, (_, i) => -0.2 + i * 0.01);
  const exact = (x: ArrayLike<number>) => {
    const counts = new Float64Array(40);
    for (let i = 0; i < x.length; i++) {
      const slot = Math.floor((x[i] + 0.2) / 0.01);
      if (slot >= 0 && slot < 40) counts[slot]++;
    }
    return counts;
  };
  const distance = (a: Float64Array, b: Float64Array) => a.reduce((n, x, i) => n + Math.abs(x - b[i]), 0);

  test('before: as counted, to the width of a bin', async () => {
    const x = randomWeights('normal', ROWS * COLUMNS, 1);
    const { effect } = await both(x, [{ bits: 4, granularity: 'tensor' }], edges);
    expect(distance(effect.before!, exact(x))).toBeLessThan(0.02 * x.length);
  });

  test('after: the levels, each with what rounds to it', async () => {
    const x = randomWeights('normal', ROWS * COLUMNS, 1);
    const { effect } = await both(x, [{ bits: 4, granularity: 'tensor' }], edges);
    const scale = Math.max(...x.map(Math.abs)) / 7;
    const after = exact(x.map((w) => Math.round(w / scale) * scale + 1e-9));
    expect(distance(effect.after!, after)).toBeLessThan(0.02 * x.length);
  });

  test('pruning piles up at zero', async () => {
    const x = randomWeights('laplace', ROWS * COLUMNS, 1);
    const { effect } = await both(x, [{ threshold: 0.03 }], edges);
    const after = exact(x.map((w) => (Math.abs(w) < 0.03 ? 1e-9 : w)));
    expect(distance(effect.after!, after)).toBeLessThan(0.02 * x.length);
  });
});

test('nothing planned, nothing there, nothing known', () => {
  const facts = { id: 'w', name: 'w', role: 'weight', dims: [4], dtype: 'float32', bytes: 16 } as const;
  const plan = (sketch?: ReturnType<typeof sketchOf>) => ({
    facts: { ...facts, sketch },
    bytes: 16,
    encoding: 'float32',
  });
  expect(evaluatePlan(plan(sketchOf(Float32Array.of(1, 0, -2, 3))))).toMatchObject({
    sqnr: Infinity,
    noise: 0,
    zeros: 1,
  });
  expect(evaluatePlan(plan(sketchOf(new Float32Array(0))))).toMatchObject({ sqnr: Infinity, zeros: 0 });
  expect(evaluatePlan(plan())).toMatchObject({ sqnr: Infinity, zeros: 0 });
  const bad = sketchOf(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 0));
  expect(evaluatePlan({ ...plan(bad), threshold: 2 })).toMatchObject({ zeros: 2, sqnr: 0 });
});
