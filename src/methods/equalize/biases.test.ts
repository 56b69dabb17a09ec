import { Tensor } from 'onnxruntime-node';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import type { Model } from '../../onnx/model.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { run, unparse } from '../../onnx/testing.ts';
import { runningContext } from '../simplify/testing.ts';
import { Work } from '../simplify/work.ts';
import { correctBiases } from './correct.ts';
import { layerOf } from './layers.ts';
import { clippedMean } from './normal.ts';
import { equalizeSchema } from './options.ts';
import { rounded } from './rounding.ts';
import { equalized, Net, normalData } from './testing.ts';

const DIMS = [8, 3, 7, 7];
const DATA = normalData(DIMS, 4, 0.7);
const ROUGH = { weightBits: 3, granularity: 'tensor' } as const;

test('the mean of a clipped normal variable is what adding up its density gives', () => {
  for (const [mean, deviation] of [
    [0, 1],
    [2, 0.5],
    [-1, 2],
    [5, 3],
    [0.3, 0],
    [-0.3, 0],
  ]) {
    for (const bound of [Number.POSITIVE_INFINITY, 6, 1]) {
      let [sum, total] = [0, 0];
      for (let z = -9; z <= 9; z += 1e-3) {
        const density = Math.exp((-z * z) / 2);
        sum += density * Math.min(bound, Math.max(0, mean + deviation * z));
        total += density;
      }
      // The error function is good to 1.2e-7, the sum of 18,000 parts to about 1e-6.
      expect(clippedMean(mean, deviation, bound)).toBeCloseTo(sum / total, 5);
    }
  }
});

/** Means by channel of the named values on the data, by ONNX Runtime. */
async function means(model: Model, names: readonly string[]): Promise<number[][]> {
  const graph = model.proto.graph!;
  const output = names.map((name) => ({ ...graph.output[0], name }));
  const bytes = await unparse({ ...model, proto: { ...model.proto, graph: { ...graph, output } } });
  const sums: number[][] = names.map(() => []);
  let batches = 0;
  for await (const { x } of DATA.batches()) {
    const out = await run(bytes, { x: new Tensor('float32', x.data as Float32Array, x.dims) });
    batches++;
    names.forEach((name, k) => {
      const { dims, data } = out![name];
      const inner = dims.slice(2).reduce((a, b) => a * b, 1);
      const y = data as Float32Array;
      for (let i = 0; i < y.length; i++) {
        const c = Math.floor(i / inner) % dims[1];
        sums[k][c] = (sums[k][c] ?? 0) + (y[i] * dims[1]) / y.length;
      }
    });
  }
  return sums.map((s) => s.map((x) => x / batches));
}

/** The model with its layers' weights rounded. */
async function withRounded(model: Model): Promise<Model> {
  const work = new Work(model.proto, 17);
  const graph = model.proto.graph!;
  const initializer = [...graph.initializer];
  for (const op of work.scopes[0].ops) {
    const layer = layerOf(op, work);
    if (typeof layer !== 'object') continue;
    const at = initializer.findIndex((t) => t.name === op.inputs[1]);
    const w = rounded(layer, await readFloats(layer.weight), ROUGH.weightBits, ROUGH.granularity);
    initializer[at] = { ...initializer[at], rawData: new Uint8Array(w.buffer) };
  }
  return { ...model, proto: { ...model.proto, graph: { ...graph, initializer } } };
}

function chain(): [Model, string[]] {
  const net = new Net(11);
  const a = net.add('Conv', ['x', net.random([6, 3, 3, 3]), net.random([6])]);
  const d = net.add('Conv', [net.add('Relu', [a]), net.random([6, 1, 3, 3])], { group: 6, pads: [1, 1, 1, 1] });
  const f = net.add('Flatten', [net.add('GlobalAveragePool', [net.add('Relu', [d])])]);
  const g = net.add('Gemm', [f, net.random([6, 5]), net.random([5])]);
  return [net.model(['n', 3, 7, 7], [g]), [a, d, g]];
}

test('corrected on the data, every rounded layer gives the means that it gave before', async () => {
  const [model, names] = chain();
  const before = await means(model, names);
  const plain = await means(await withRounded(model), names);
  const corrected = await correctBiases(model, undefined, ROUGH, { ...runningContext(), data: DATA });
  const after = await means(await withRounded(corrected), names);
  const error = (a: number[], b: number[]) => Math.max(...a.map((x, c) => Math.abs(x - b[c])));
  names.forEach((_, k) => {
    // The shift of each batch is taken off before the next layer, then their mean: a tenth is left at most, of rounding to 3 bits.
    expect(error(after[k], before[k])).toBeLessThan(0.1 * error(plain[k], before[k]) + 1e-5);
  });
});

test('the analytic correction is Σ (rounded − w)·E[x]', async () => {
  const net = new Net(12);
  const a = net.add('Conv', ['x', net.random([4, 3, 1, 1])]);
  const model = net.model(['n', 3, 7, 7], [a]);
  const mean = Float64Array.of(0.5, -1, 2);
  const corrected = await correctBiases(model, new Map([[a, mean]]), ROUGH, runningContext());
  const w = await readFloats(model.proto.graph!.initializer[0]);
  const scale = Math.fround(Math.max(...w.map(Math.abs)) / 3);
  const bias = await readFloats(corrected.proto.graph!.initializer.at(-1)!);
  for (let o = 0; o < 4; o++) {
    let shift = 0;
    for (let i = 0; i < 3; i++) shift += (Math.round(w[3 * o + i] / scale) * scale - w[3 * o + i]) * mean[i];
    // Stored as float32.
    expect(bias[o]).toBeCloseTo(-shift, 6);
  }
});

test('high biases move to the next layer, and the answers stay where the channels are as high as their statistics say', async () => {
  const net = new Net(13);
  const r = new Random(3);
  const a = net.add('Conv', ['x', net.random([4, 3, 1, 1])]);
  // The statistics are those of the data, so that after normalization the channels have mean β and deviation γ = 0.3.
  const w = await readFloats(net.tensors[0]);
  const vector = (f: (o: number) => number) =>
    net.tensor(
      [4],
      Array.from({ length: 4 }, (_, o) => f(o)),
    );
  const row = (o: number, f: (x: number) => number) => w.slice(3 * o, 3 * o + 3).reduce((s, x) => s + f(x), 0);
  const y = net.add('BatchNormalization', [
    a,
    vector(() => 0.3),
    net.tensor([4], [3, 2, 0, -3]),
    vector((o) => 0.7 * row(o, (x) => x)),
    vector((o) => row(o, (x) => x * x)),
  ]);
  const b = net.add('Conv', [net.add('Relu', [y]), net.random([2, 4, 1, 1]), net.tensor([2], [r.normal(), 0])]);
  const model = net.model(['n', 3, 7, 7], [b]);
  const { model: after, keys } = await equalized(model, { absorbBias: true, rounds: 0 });
  expect(keys).toContain('biases-absorbed');
  const [x, z] = [await means(model, [b]), await means(after, [b])];
  // One in 700 values is below 3 deviations, and by a fraction of one: 0.3 · E[(z − 3)⁺] is 1e-4 for each of two channels.
  for (let c = 0; c < 2; c++) expect(Math.abs(x[0][c] - z[0][c])).toBeLessThan(2e-3);
  // The bias of the first layer went down by μ − 3σ = 2.1 and 1.1.
  const graph = after.proto.graph!;
  const bias = async (m: Model) => {
    const node = m.proto.graph!.node.find((n) => n.opType === 'Conv')!;
    return readFloats(m.proto.graph!.initializer.find((t) => t.name === node.input[2])!);
  };
  expect(graph.node.map((n) => n.opType)).toEqual(['Conv', 'Relu', 'Conv']);
  const [p, q] = [await bias((await equalized(model, { rounds: 0 })).model), await bias(after)];
  [2.1, 1.1, 0, 0].forEach((c, o) => {
    // ε = 1e-5 in the statistics, and float32.
    expect(p[o] - q[o]).toBeCloseTo(c, 4);
  });
});

test('a correction from data that is not there is said to be missing', async () => {
  const [model] = chain();
  expect((await equalized(model, { biasCorrection: 'data' })).keys).toContain('correction-needs-data');
});

test('options are refused when they are out of range', () => {
  expect(v.safeParse(equalizeSchema, { method: 'equalize', weightBits: 1 }).success).toBe(false);
  expect(v.safeParse(equalizeSchema, { method: 'equalize', clip: 'no' }).success).toBe(false);
});
