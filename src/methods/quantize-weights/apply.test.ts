import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { graph, node, valueInfo } from '../../onnx/build.ts';
import { floatsToHalves } from '../../onnx/float.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';
import { makeTensor, storedBytes } from '../../onnx/tensor.ts';
import { computedWeights, modelOf, plansOf, randomWeights, testContext } from '../testing.ts';
import { quantizeWeights } from './apply.ts';
import { forecastQuantizeWeights } from './forecast.ts';
import { type QuantizeWeightsOptions, quantizeWeightsSchema } from './options.ts';

const options = (o: Partial<QuantizeWeightsOptions> = {}) =>
  v.parse(quantizeWeightsSchema, { method: 'quantize-weights', minElements: 0, ...o });

const SIZES: Record<string, number[]> = {
  conv: [8, 6, 3, 3],
  up: [6, 8, 2, 2],
  gemm: [24, 40],
  matmul: [40, 24],
  table: [50, 16],
  lstm: [1, 32, 20],
};

function everyLayer(opset = 17): Model {
  const nodes = [
    node('Conv', ['x1', 'conv'], ['y1']),
    node('ConvTranspose', ['x2', 'up'], ['y2']),
    node('Gemm', ['x3', 'gemm', 'bias'], ['y3'], { transB: 1 }),
    node('MatMul', ['x4', 'matmul'], ['y4']),
    node('Gather', ['table', 'x5'], ['y5']),
    node('LSTM', ['x6', 'lstm', 'r'], ['y6'], { hidden_size: 8 }),
  ];
  const n = (dims: number[]) => dims.reduce((a, b) => a * b, 1);
  const tensors = Object.entries(SIZES).map(([name, dims], i) =>
    makeTensor(name, DataType.FLOAT, dims, randomWeights('normal', n(dims), i)),
  );
  const r = makeTensor('r', DataType.FLOAT, [1, 32, 8], randomWeights('laplace', 256, 9));
  const bias = makeTensor('bias', DataType.FLOAT, [24], randomWeights('normal', 24, 10));
  const index = makeTensor('x5', DataType.INT64, [2], new BigInt64Array(2));
  const inputs = { x1: [1, 6, 8, 8], x2: [1, 6, 4, 4], x3: [1, 40], x4: [1, 40], x6: [3, 1, 20] };
  return modelOf(nodes, [...tensors, r, bias, index], { opset, inputs });
}

async function run(model: Model, o: QuantizeWeightsOptions) {
  const ctx = testContext();
  const after = await quantizeWeights(model, o, ctx);
  return { ctx, after, weights: await computedWeights(after) };
}

describe('every layer, scheme, width and granularity', () => {
  const cases = ([1, 2, 3, 4, 5, 6, 7, 8, 16] as const).flatMap((bits) =>
    (['symmetric', 'asymmetric', 'codebook', 'article'] as const).map((scheme) => ({ bits, scheme })),
  );
  test.each(cases)('$bits bits $scheme: reports say what the runtime computes, forecasts say the bytes', async (o) => {
    for (const opset of [11, 17, 21, 25]) {
      const model = everyLayer(opset);
      const before = await computedWeights(model);
      for (const granularity of ['tensor', 'channel', 'block'] as const) {
        if (o.scheme === 'codebook' && granularity === 'block') continue;
        const all = options({ ...o, granularity, blockSize: 16 });
        const { ctx, after, weights } = await run(model, all);
        const plans = forecastQuantizeWeights(await plansOf(model), all);
        const stored = new Map(after.proto.graph!.initializer.map((t) => [t.name, storedBytes(t)]));
        for (const name of Object.keys(before)) {
          const report = ctx.reports.get(name);
          const plan = plans.find((p) => p.facts.id === name)!;
          if (!report) {
            // Left alone because the encoding would be larger.
            expect(ctx.notes.some((x) => x.key === 'skipped-larger' && x.values.tensor === name)).toBe(true);
            expect(plan.bytes).toBe(plan.facts.bytes);
            continue;
          }
          const own = [...stored].filter(([t]) => t.startsWith(`${name}_`)).reduce((n, [, b]) => n + b, 0);
          expect(report.bytesAfter).toBe(own);
          expect(plan.bytes).toBe(own);
          expect(plan.encoding).toBe(report.encoding);
          let signal = 0;
          let noise = 0;
          before[name].forEach((x, i) => {
            signal += x * x;
            noise += (x - weights[name][i]) ** 2;
          });
          expect(report.sqnr).toBeCloseTo(10 * Math.log10(signal / noise), 9);
          expect(report.zeros).toBe(weights[name].filter((x) => x === 0).length);
          expect(report.sketch.max).toBe(weights[name].reduce((a, b) => Math.max(a, b)));
        }
      }
    }
  });
});

const roundEven = (x: number) => {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
};

describe('the formulas, computed again from their definitions', () => {
  const model = everyLayer();
  const rows = (x: Float32Array<ArrayBuffer>) => Array.from({ length: 24 }, (_, c) => x.slice(c * 40, c * 40 + 40));

  test.each([2, 3, 4, 8] as const)('symmetric per channel, %i bits: scale = absmax / (2^(b−1) − 1)', async (bits) => {
    const before = (await computedWeights(model)).gemm;
    const { weights } = await run(model, options({ bits }));
    rows(before).forEach((row, c) => {
      const scale = Math.fround(Math.max(...row.map(Math.abs)) / (2 ** (bits - 1) - 1));
      const expected = row.map((x) => Math.fround(roundEven(Math.fround(x / scale)) * scale));
      expect(weights.gemm.slice(c * 40, c * 40 + 40)).toEqual(expected);
    });
  });

  test.each([2, 4, 8] as const)('asymmetric per tensor, %i bits: (max − min) / (2^b − 1)', async (bits) => {
    const before = (await computedWeights(model)).gemm;
    const { weights } = await run(model, options({ bits, scheme: 'asymmetric', granularity: 'tensor' }));
    const [min, max] = [Math.min(...before), Math.max(...before)];
    const wide = Math.fround(max - min) / (2 ** bits - 1);
    const scale = Math.fround(wide);
    const zero = roundEven(-min / wide);
    const expected = before.map((x) => {
      const q = Math.min(2 ** bits - 1, Math.max(0, roundEven(Math.fround(x / scale)) + zero));
      return Math.fround((q - zero) * scale);
    });
    expect(weights.gemm).toEqual(expected);
  });

  test.each([1, 3, 8] as const)('article, %i bits: x ≈ (q + 2^(b−1)) / 2^b · (max − min) + min', async (bits) => {
    const before = (await computedWeights(model)).gemm;
    const { weights } = await run(model, options({ bits, scheme: 'article', granularity: 'tensor' }));
    const [min, max] = [Math.min(...before), Math.max(...before)];
    const half = 2 ** (bits - 1);
    before.forEach((x, i) => {
      const scaled = (x - min) / (max - min);
      const q = Math.min(half - 1, Math.max(-half, roundEven(scaled * 2 ** bits - half)));
      // The graph multiplies and adds in float32: two roundings of numbers no larger than the range.
      expect(Math.abs(weights.gemm[i] - (((q + half) / 2 ** bits) * (max - min) + min))).toBeLessThan(
        1e-7 * (max - min),
      );
    });
  });

  test('one bit is the sign times the mean magnitude of each channel', async () => {
    const before = (await computedWeights(model)).gemm;
    const { weights } = await run(model, options({ bits: 1 }));
    rows(before).forEach((row, c) => {
      const alpha = Math.fround(row.reduce((a, x) => a + Math.abs(x), 0) / 40);
      expect(weights.gemm.slice(c * 40, c * 40 + 40)).toEqual(row.map((x) => (x < 0 ? -alpha : alpha)));
    });
  });

  test('mse never has more error than minmax, and less where it clips', async () => {
    for (const granularity of ['tensor', 'channel', 'block'] as const) {
      const plain = await run(model, options({ bits: 3, granularity, blockSize: 16 }));
      const clipped = await run(model, options({ bits: 3, granularity, blockSize: 16, range: 'mse' }));
      for (const [id, report] of clipped.ctx.reports) {
        expect(report.sqnr).toBeGreaterThanOrEqual(plain.ctx.reports.get(id)!.sqnr - 1e-9);
      }
      expect(clipped.ctx.reports.get('matmul')!.sqnr).toBeGreaterThan(plain.ctx.reports.get('matmul')!.sqnr + 0.5);
    }
  });

  test('a codebook of a pruned tensor keeps its zeros', async () => {
    const x = randomWeights('sparse', 2000, 3);
    const sparse = modelOf([node('MatMul', ['a', 'w'], ['y'])], [makeTensor('w', DataType.FLOAT, [40, 50], x)], {
      inputs: { a: [1, 40] },
    });
    const { weights } = await run(sparse, options({ bits: 3, scheme: 'codebook' }));
    x.forEach((value, i) => {
      if (value === 0) expect(weights.w[i]).toBe(0);
    });
  });
});

describe('what is left alone', () => {
  const one = (x: Float32Array<ArrayBuffer>, dims: number[], dataType: number = DataType.FLOAT) =>
    modelOf([node('MatMul', ['x', 'w'], ['y'])], [makeTensor('w', dataType, dims, x)], { inputs: { x: [1, dims[0]] } });
  const notes = async (model: Model, o: Partial<QuantizeWeightsOptions> = {}) => {
    const ctx = testContext();
    const after = await quantizeWeights(model, options(o), ctx);
    return { notes: ctx.notes.map((n) => ({ key: n.key, ...n.values })), same: after === model };
  };

  test('NaN and Inf: the tensor stays float and a note names it', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const x = randomWeights('normal', 64, 1);
      x[5] = bad;
      expect(await notes(one(x, [8, 8]))).toEqual({ notes: [{ key: 'skipped-nan', tensor: 'w' }], same: true });
    }
  });

  test('what float16 would make infinite', async () => {
    expect(await notes(one(Float32Array.of(1, 2, 65520, 4), [2, 2]), { bits: 16 })).toEqual({
      notes: [{ key: 'skipped-overflow', tensor: 'w' }],
      same: true,
    });
  });

  test('biases, small tensors, skipped layers; and a layer of no such name is told', async () => {
    const model = one(randomWeights('normal', 64, 1), [8, 8]);
    expect((await notes(model, { minElements: 65 })).same).toBe(true);
    expect((await notes(model, { minElements: 65, layers: { w: { bits: 4 } } })).same).toBe(false);
    expect((await notes(model, { layers: { w: { skip: true } } })).same).toBe(true);
    expect((await notes(model, { layers: { nope: { skip: true } } })).notes).toEqual([
      { key: 'unknown-layer', tensor: 'nope' },
    ]);
    const { ctx } = await run(everyLayer(), options());
    expect(ctx.reports.has('bias')).toBe(false);
  });

  test('zero-size, one element, all equal', async () => {
    expect((await notes(one(new Float32Array(0), [0, 8]))).same).toBe(true);
    for (const scheme of ['symmetric', 'asymmetric', 'codebook', 'article'] as const) {
      for (const value of [0, 0.37, -3e-39, 1e38]) {
        const x = new Float32Array(4096).fill(value);
        const { ctx, weights } = await run(one(x, [64, 64]), options({ scheme, bits: 4, granularity: 'tensor' }));
        // A range too narrow for a normal scale becomes zeros, as ONNX Runtime's quantizer makes it.
        const expected = scheme !== 'codebook' && scheme !== 'article' && value === -3e-39 ? 0 : value;
        const off = Math.max(...weights.w.map((w) => Math.abs(w - Math.fround(expected))));
        // Scale and product round once each.
        expect(off, `${scheme} ${value}`).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -23);
        expect(ctx.reports.get('w')!.sketch.count).toBe(4096);
      }
    }
  });

  test('a second run finds integers, not weights', async () => {
    const { after } = await run(everyLayer(), options({ bits: 8 }));
    const ctx = testContext();
    expect(await quantizeWeights(after, options({ bits: 4 }), ctx)).toBe(after);
  });
});

test.each([
  [8, 'auto', 3, 11],
  [17, 'auto', 4, 17],
  [17, 'native', 4, 21],
  [17, 'native', 2, 25],
  [25, 'packed', 2, 25],
] as const)('opset %i, %s encoding, %i bits: written at opset %i', async (opset, encoding, bits, expected) => {
  const x = randomWeights('normal', 2000, 1);
  const model = modelOf([node('MatMul', ['x', 'w'], ['y'])], [makeTensor('w', DataType.FLOAT, [40, 50], x)], {
    opset,
    inputs: { x: [1, 40] },
  });
  const { ctx, after, weights } = await run(model, options({ bits, encoding }));
  expect(opsetOf(after)).toBe(expected);
  expect(ctx.notes.map((n) => n.key)).toEqual(opset === expected ? [] : ['opset-raised']);
  expect(ctx.reports.get('w')!.sketch.max).toBe(Math.max(...weights.w));
  const [plan] = forecastQuantizeWeights(await plansOf(model), options({ bits, encoding }));
  expect(plan.bytes).toBe(ctx.reports.get('w')!.bytesAfter);
});

test('float16 and float64 weights come back in their own dtype', async () => {
  const x = randomWeights('normal', 4096, 1);
  const cases: [number, ArrayBufferView<ArrayBuffer>][] = [
    [DataType.FLOAT16, floatsToHalves(x)],
    [DataType.DOUBLE, Float64Array.from(x)],
  ];
  for (const [dataType, data] of cases) {
    for (const scheme of ['symmetric', 'codebook'] as const) {
      const model = modelOf(
        [node('Gather', ['w', 'i'], ['y'])],
        [makeTensor('w', dataType, [64, 64], data), makeTensor('i', DataType.INT64, [1], new BigInt64Array(1))],
      );
      const { ctx, weights, after } = await run(model, options({ bits: 4, scheme }));
      expect(after.proto.graph!.output[0].type!.value.value).toMatchObject({ elemType: dataType });
      expect(ctx.reports.get('w')!.sketch.max).toBe(Math.max(...weights.w));
      expect(ctx.reports.get('w')!.sqnr).toBeGreaterThan(15);
    }
  }
});

test.each([8, 3] as const)(
  'weights in Constant nodes and in subgraphs, %i bits; a shared one is stored once',
  async (bits) => {
    const w = makeTensor('', DataType.FLOAT, [32, 32], randomWeights('normal', 1024, 1));
    const inner = makeTensor('inner', DataType.FLOAT, [32, 32], randomWeights('laplace', 1024, 2));
    const branch = (name: string) =>
      graph(
        name,
        [node('MatMul', ['m', 'inner'], [`${name} out`])],
        [],
        [valueInfo(`${name} out`, DataType.FLOAT, null)],
        [inner],
      );
    const nodes = [
      node('Constant', [], ['w'], { value: { tensor: w } }),
      node('Add', ['x', 'ones'], ['x1']),
      node('MatMul', ['x1', 'w'], ['h']),
      node('MatMul', ['h', 'w'], ['m']),
      node(
        'If',
        ['c'],
        ['out m'],
        { then_branch: { graph: branch('then') }, else_branch: { graph: branch('else') } },
        { name: 'if' },
      ),
    ];
    const model = modelOf(
      nodes,
      [
        makeTensor('ones', DataType.FLOAT, [1, 32], new Float32Array(32).fill(1)),
        makeTensor('c', DataType.BOOL, [], Uint8Array.of(1)),
      ],
      { inputs: { x: [1, 32] } },
    );
    model.proto.graph!.output.push(valueInfo('out m', DataType.FLOAT, null));
    const { ctx, after, weights } = await run(model, options({ bits }));
    expect([...ctx.reports.keys()].sort()).toEqual(['if/else_branch/inner', 'if/then_branch/inner', 'w']);
    const names = [...scopes(after.proto)].flatMap((s) => s.graph?.initializer.map((t) => t.name) ?? []);
    expect(new Set(names).size).toBe(names.length);
    const before = (await computedWeights(model)).m;
    // Three products: errors of about 1 % of the largest output with 8 bits, half of it with 3.
    const within = bits === 8 ? 0.03 : 0.7;
    const largest = Math.max(...before.map(Math.abs));
    weights.m.forEach((y, i) => {
      expect(Math.abs(y - before[i])).toBeLessThan(within * largest);
    });
  },
);
