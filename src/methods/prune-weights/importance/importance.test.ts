import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../base/random.ts';
import { memorySource } from '../../../base/source.ts';
import { makeFeeds } from '../../../datasets/batches.ts';
import { openDataset } from '../../../datasets/open.ts';
import { presetPreprocess } from '../../../datasets/presets.ts';
import { graph, modelProto, node, valueInfo } from '../../../onnx/build.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../../onnx/proto.ts';
import { readModel } from '../../../onnx/read.ts';
import { makeTensor, readFloats } from '../../../onnx/tensor.ts';
import { listWeights } from '../../../onnx/weights.ts';
import { modelBytes } from '../../../onnx/write.ts';
import { openSession } from '../../../runtime/session.ts';
import { testContext } from '../../testing.ts';
import type { CalibrationData, Inputs, LabelledSamples } from '../../types.ts';
import { pruneWeights } from '../apply.ts';
import { chooseWeights } from '../choose.ts';
import { type PruneWeightsOptions, pruneWeightsSchema } from '../options.ts';
import { importanceScores, importanceSketches } from './index.ts';

const options = (o: object = {}): PruneWeightsOptions =>
  v.parse(pruneWeightsSchema, { method: 'prune-weights', rounds: 1, ...o });

function context(data?: CalibrationData) {
  return {
    ...testContext(),
    ...(data && { data }),
    openSession: async (m: Model) => openSession(await modelBytes(m)),
  };
}

/** Samples in memory. */
function dataOf(
  all: Float32Array,
  dims: readonly number[],
  more: Partial<LabelledSamples> = {},
  input = 'x',
): CalibrationData {
  const size = dims.reduce((a, b) => a * b, 1);
  const batch = more.batch ?? null;
  const read = async (indices: ArrayLike<number>): Promise<Inputs> => {
    const rows = batch ?? indices.length;
    const data = new Float32Array(size * rows);
    for (let i = 0; i < rows; i++) {
      const at = indices[Math.min(i, indices.length - 1)];
      data.set(all.subarray(at * size, (at + 1) * size), i * size);
    }
    return { [input]: { dtype: 'float32', dims: [rows, ...dims], data } };
  };
  return {
    ...{ id: 'test', count: all.length / size, samples: { ...more, batch, read } },
    async *batches() {
      for (let i = 0; i < all.length / size; i++) yield await read([i]);
    },
  };
}

const normal = (n: number, seed: number) => {
  const r = new Random(seed);
  return Float32Array.from({ length: n }, () => r.normal());
};

function modelWith(
  nodes: NodeProto[],
  tensors: TensorProto[],
  dims: readonly (number | string)[],
  output = 'y',
  opset = 17,
): Model {
  const g = graph(
    'g',
    nodes,
    [valueInfo('x', DataType.FLOAT, dims)],
    [valueInfo(output, DataType.FLOAT, null)],
    tensors,
  );
  return { name: 'test.onnx', proto: modelProto(g, opset), bytes: 0, external: [] };
}

/** x [n, 4] → x·w [n, 3] */
const linear = (w: Float32Array<ArrayBuffer>, batch: number | string = 'n', softmax = false) =>
  modelWith(
    [
      node('MatMul', ['x', 'w'], [softmax ? 'z' : 'y']),
      ...(softmax ? [node('Softmax', ['z'], ['y'], { axis: 1 })] : []),
    ],
    [makeTensor('w', DataType.FLOAT, [4, 3], w)],
    [batch, 4],
  );

async function scoresOf(model: Model, o: object, data: CalibrationData) {
  const ctx = context(data);
  const found = await importanceScores(model, await chooseWeights(model, options(o), ctx), options(o), ctx);
  return { found, ctx };
}

/** The largest difference over the largest number. */
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    error = Math.max(error, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return a.length === b.length ? error / size : Number.POSITIVE_INFINITY;
}

describe('PyTorch in float64 agrees', () => {
  type Layers = Record<string, { at: number[] } & Record<string, { sum: number; values: number[] }>>;
  const fixture: Record<string, { count: number; shift: number; layers: Layers }> = JSON.parse(
    readFileSync(new URL('./fixtures/torch.json', import.meta.url), 'utf8'),
  );
  const source = (file: string) => memorySource(new Uint8Array(readFileSync(`public/samples/${file}`)), file);

  test.each(['mnist-lenet5', 'fashion-resdw'])('%s', async (name) => {
    const { count, shift, layers } = fixture[name];
    const model = await readModel(source(`${name}.onnx`));
    const kind = name.split('-')[0];
    const files = ['images-idx3', 'labels-idx1'].map((part) => source(`${kind}-train-${part}-ubyte.gz`));
    const dataset = await openDataset(files);
    const spec = { name: 'image', dtype: 'float32', dims: [null, 1, 28, 28] } as const;
    const feeds = makeFeeds(dataset, [spec], presetPreprocess('unit', 'pixels'));
    const read = async (indices: ArrayLike<number>) => (await feeds.read(indices)).feeds as Inputs;
    const samples = { batch: null, labels: dataset.labels!.map((l) => (l + shift) % 10), read };
    const data = { ...dataOf(new Float32Array(0), [1]), count: dataset.count, samples };
    for (const importance of ['gradient', 'taylor', 'wanda']) {
      const { found, ctx } = await scoresOf(model, { importance, samples: count }, data);
      expect([...found.keys()].sort()).toEqual(Object.keys(layers).sort());
      expect(ctx.notes).toEqual([]);
      for (const [id, layer] of Object.entries(layers)) {
        const own = found.get(id)!;
        const sum = own.reduce((a, b) => a + b, 0);
        // float32 forward and backward against float64: 1e-4 of the largest, the bound for gradients of whole networks.
        expect([id, importance, Math.abs(sum / layer[importance].sum - 1) < 1e-4]).toEqual([id, importance, true]);
        const picked = layer.at.map((i) => own[i]);
        expect([id, importance, worst(picked, layer[importance].values) < 1e-4]).toEqual([id, importance, true]);
      }
    }
  });
});

describe('gradients by hand', () => {
  const x = normal(20, 1);
  const w = normal(12, 2);
  const labels = Int32Array.from([0, 2, 1, 1, 0]);

  /** Of softmax cross-entropy: ∂L/∂w[k, c] = x[k] (p[c] − 1[c = label]). */
  function brute(answer: (n: number, p: number[]) => number[]) {
    const squares = new Float64Array(12);
    const products = new Float64Array(12);
    for (let n = 0; n < 5; n++) {
      const z = [0, 1, 2].map((c) => [0, 1, 2, 3].reduce((s, k) => s + x[n * 4 + k] * w[k * 3 + c], 0));
      const e = z.map((v) => Math.exp(v));
      const total = e[0] + e[1] + e[2];
      const d = answer(
        n,
        e.map((v) => v / total),
      );
      for (let k = 0; k < 4; k++) {
        for (let c = 0; c < 3; c++) {
          const g = x[n * 4 + k] * d[c];
          squares[k * 3 + c] += (g * g) / 5;
          products[k * 3 + c] += (w[k * 3 + c] * g) ** 2 / 5;
        }
      }
    }
    return { gradient: squares, taylor: products.map(Math.sqrt) };
  }
  const labelled = brute((n, p) => p.map((v, c) => v - (labels[n] === c ? 1 : 0)));

  test.each(['gradient', 'taylor'] as const)(
    '%s with labels, behind a softmax, and a batch that is fixed',
    async (importance) => {
      for (const [model, batch] of [
        [linear(w), null],
        [linear(w, 'n', true), null],
        [linear(w, 3), 3],
      ] as const) {
        const { found, ctx } = await scoresOf(model, { importance }, dataOf(x, [4], { labels, batch }));
        expect(worst(found.get('w')!, labelled[importance])).toBeLessThan(1e-5);
        expect(ctx.notes).toEqual([]);
      }
    },
  );

  test('without labels the mean square approaches the Fisher information of the model', async () => {
    // E over labels drawn by p of (p − 1)² is p (1 − p).
    const exact = new Float64Array(12);
    const many = 4000;
    const all = Float32Array.from({ length: 4 * many }, (_, i) => x[i % 20]);
    for (let n = 0; n < 5; n++) {
      const e = [0, 1, 2].map((c) => Math.exp([0, 1, 2, 3].reduce((s, k) => s + x[n * 4 + k] * w[k * 3 + c], 0)));
      const total = e[0] + e[1] + e[2];
      for (let k = 0; k < 4; k++)
        for (let c = 0; c < 3; c++) exact[k * 3 + c] += (x[n * 4 + k] ** 2 * (e[c] / total) * (1 - e[c] / total)) / 5;
    }
    const { found, ctx } = await scoresOf(linear(w), { importance: 'gradient', samples: many }, dataOf(all, [4]));
    // 800 draws of each sample: the mean of their squares is within a tenth of its expectation.
    expect(worst(found.get('w')!, exact)).toBeLessThan(0.1);
    expect(ctx.notes).toEqual([{ step: 0, key: 'importance-own-answers', values: {} }]);
  });

  test('regression: from targets, or from the answer with noise', async () => {
    const model = modelWith(
      [node('MatMul', ['x', 'w'], ['y'])],
      [makeTensor('w', DataType.FLOAT, [4, 1], w.slice(0, 4))],
      ['n', 4],
    );
    const targets = normal(5, 3);
    const expected = new Float64Array(4);
    for (let n = 0; n < 5; n++) {
      const y = [0, 1, 2, 3].reduce((s, k) => s + x[n * 4 + k] * w[k], 0);
      for (let k = 0; k < 4; k++) expected[k] += (2 * (y - targets[n]) * x[n * 4 + k]) ** 2 / 5;
    }
    const { found } = await scoresOf(model, { importance: 'gradient' }, dataOf(x, [4], { targets }));
    expect(worst(found.get('w')!, expected)).toBeLessThan(1e-5);
    const own = await scoresOf(model, { importance: 'gradient' }, dataOf(x, [4]));
    expect(own.ctx.notes.map((n) => n.key)).toEqual(['importance-own-answers']);
    expect(own.found.get('w')!.every((s) => s > 0)).toBe(true);
  });

  test('what no gradient reaches, NaN, and weights that are zero', async () => {
    const zeroed = w.slice();
    zeroed[4] = 0;
    const model = modelWith(
      [
        node('MatMul', ['x', 'w'], ['y']),
        node('MatMul', ['x', 'aside'], ['z']),
        node('MatMul', ['x', 'behind'], ['h']),
        node('Sign', ['h'], ['s']),
        node('Det', ['square'], ['d']),
      ],
      [
        makeTensor('w', DataType.FLOAT, [4, 3], zeroed),
        makeTensor('aside', DataType.FLOAT, [4, 3], w),
        makeTensor('behind', DataType.FLOAT, [4, 3], w),
        makeTensor('square', DataType.FLOAT, [2, 2], normal(4, 4)),
      ],
      ['n', 4],
    );
    const { found, ctx } = await scoresOf(model, { importance: 'gradient' }, dataOf(x, [4], { labels }));
    expect([...found.keys()]).toEqual(['w']);
    expect(found.get('w')![4]).toBe(0);
    expect(ctx.notes.map((n) => [n.key, n.values.tensor])).toEqual([
      ['importance-unreachable', 'aside'],
      ['importance-unreachable', 'behind'],
    ]);
    const huge = await scoresOf(
      linear(w),
      { importance: 'taylor' },
      dataOf(
        x.map((_, i) => (i ? 1 : Number.NaN)),
        [4],
        { labels },
      ),
    );
    expect(huge.ctx.notes.map((n) => n.key)).toEqual(['importance-nan']);
    expect(huge.found.size).toBe(0);
  });
});

describe('Wanda by brute force', () => {
  /** Every multiplication of a convolution, one by one. */
  function convolution(
    x: Float32Array,
    [n, c, h, w]: number[],
    [outputs, inputs, kh, kw]: number[],
    { s, d, pads, group }: { s: number[]; d: number[]; pads: number[]; group: number },
  ): Float64Array {
    const out = new Float64Array(outputs * inputs * kh * kw);
    const oh = Math.floor((h + pads[0] + pads[2] - d[0] * (kh - 1) - 1) / s[0]) + 1;
    const ow = Math.floor((w + pads[1] + pads[3] - d[1] * (kw - 1) - 1) / s[1]) + 1;
    for (let b = 0; b < n; b++)
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < inputs; i++)
          for (let p = 0; p < kh; p++)
            for (let q = 0; q < kw; q++)
              for (let y = 0; y < oh; y++)
                for (let z = 0; z < ow; z++) {
                  const r = y * s[0] + p * d[0] - pads[0];
                  const t = z * s[1] + q * d[1] - pads[1];
                  if (r < 0 || t < 0 || r >= h || t >= w) continue;
                  const channel = Math.floor(o / (outputs / group)) * inputs + i;
                  out[((o * inputs + i) * kh + p) * kw + q] += x[((b * c + channel) * h + r) * w + t] ** 2;
                }
    return out;
  }

  const expected = (weights: Float32Array, squares: ArrayLike<number>) =>
    Float64Array.from(weights, (v, i) => Math.abs(v) * Math.sqrt(squares[i]));

  test.each([
    { s: [1, 1], d: [1, 1], pads: [0, 0, 0, 0], group: 1 },
    { s: [2, 1], d: [1, 2], pads: [1, 2, 0, 1], group: 1 },
    { s: [3, 2], d: [2, 1], pads: [2, 1, 2, 1], group: 2 },
    { s: [1, 1], d: [1, 1], pads: [1, 1, 1, 1], group: 4 },
  ])('Conv, %o', async (g) => {
    const dims = [4, 4 / g.group, 3, 2];
    const w = normal(
      dims.reduce((a, b) => a * b, 1),
      1,
    );
    const x = normal(3 * 4 * 9 * 8, 2);
    const attributes = { strides: g.s, dilations: g.d, pads: g.pads, group: g.group };
    for (const opset of [12, 18]) {
      const model = modelWith(
        [node('Conv', ['x', 'w'], ['y'], attributes)],
        [makeTensor('w', DataType.FLOAT, dims, w)],
        ['n', 4, 9, 8],
        'y',
        opset,
      );
      const { found } = await scoresOf(model, { importance: 'wanda' }, dataOf(x, [4, 9, 8]));
      // Sums in float32 of some hundred squares.
      expect(worst(found.get('w')!, expected(w, convolution(x, [3, 4, 9, 8], dims, g)))).toBeLessThan(1e-5);
    }
  });

  test('Conv padded to keep its size', async () => {
    const w = normal(2 * 3 * 4, 1);
    const x = normal(2 * 3 * 7, 2);
    // One axis of 7 pixels, kernel 4, stride 2: 4 outputs reach 3 pixels beyond, of which SAME_UPPER puts 1 in front.
    const model = modelWith(
      [node('Conv', ['x', 'w'], ['y'], { strides: [2], auto_pad: 'SAME_UPPER' })],
      [makeTensor('w', DataType.FLOAT, [2, 3, 4], w)],
      ['n', 3, 7],
    );
    const { found } = await scoresOf(model, { importance: 'wanda' }, dataOf(x, [3, 7]));
    const g = { s: [1, 2], d: [1, 1], pads: [0, 1, 0, 2], group: 1 };
    expect(worst(found.get('w')!, expected(w, convolution(x, [2, 3, 1, 7], [2, 3, 1, 4], g)))).toBeLessThan(1e-5);
  });

  test('matrices of all layouts, several takers, and what is left out', async () => {
    const x = normal(10 * 6, 3);
    const w = normal(12, 4);
    const model = modelWith(
      [
        node('Reshape', ['x', 'rows'], ['r']),
        node('MatMul', ['r', 'a'], ['ya']),
        node('Gemm', ['r', 'b'], ['yb'], { transB: 1 }),
        node('Transpose', ['r'], ['t'], { perm: [1, 0] }),
        node('Gemm', ['t', 'c'], ['yc'], { transA: 1 }),
        node('Transpose', ['d'], ['dt'], { perm: [1, 0] }),
        node('MatMul', ['x', 'dt'], ['yd']),
        node('Relu', ['r'], ['q']),
        node('MatMul', ['r', 'twice'], ['y1']),
        node('MatMul', ['q', 'twice'], ['y2']),
        node('MatMul', ['left', 'r3'], ['yl']),
        node('Transpose', ['r'], ['r3'], { perm: [1, 0] }),
        node('Sum', ['ya', 'yb', 'yc', 'y1', 'y2'], ['y']),
      ].sort((a, b) => Number(a.output[0] === 'yl') - Number(b.output[0] === 'yl')),
      [
        makeTensor('rows', DataType.INT64, [2], BigInt64Array.of(-1n, 6n)),
        makeTensor('a', DataType.FLOAT, [6, 2], w),
        makeTensor('b', DataType.FLOAT, [2, 6], w),
        makeTensor('c', DataType.FLOAT, [6, 2], w),
        makeTensor('d', DataType.FLOAT, [2, 6], w),
        makeTensor('twice', DataType.FLOAT, [6, 2], w),
        makeTensor('left', DataType.FLOAT, [2, 6], w),
      ],
      ['n', 2, 6],
    );
    const { found, ctx } = await scoresOf(model, { importance: 'wanda' }, dataOf(x, [2, 6]));
    const squares = (f: (v: number) => number) =>
      Float64Array.from({ length: 6 }, (_, k) => x.reduce((s, v, i) => (i % 6 === k ? s + f(v) ** 2 : s), 0));
    const plain = squares((v) => v);
    const twice = squares((v) => Math.max(0, v)).map((s, k) => s + plain[k]);
    const rows = (s: Float64Array) => Float64Array.from({ length: 12 }, (_, i) => s[Math.floor(i / 2)]);
    const columns = Float64Array.from({ length: 12 }, (_, i) => plain[i % 6]);
    for (const [id, s] of Object.entries({
      a: rows(plain),
      b: columns,
      c: rows(plain),
      d: columns,
      twice: rows(twice),
    }))
      expect([id, worst(found.get(id)!, expected(w, s)) < 1e-5]).toEqual([id, true]);
    expect(ctx.notes.map((n) => [n.key, n.values.tensor])).toEqual([['importance-unreachable', 'left']]);
  });

  test('a fixed batch counts no sample twice', async () => {
    const x = normal(7 * 4, 5);
    const w = normal(12, 6);
    const { found } = await scoresOf(linear(w, 3), { importance: 'wanda' }, dataOf(x, [4], { batch: 3 }));
    const s = [0, 1, 2, 3].map((k) => x.subarray(0, 24).reduce((t, v, i) => (i % 4 === k ? t + v * v : t), 0));
    expect(
      worst(
        found.get('w')!,
        expected(
          w,
          Float64Array.from({ length: 12 }, (_, i) => s[Math.floor(i / 3)]),
        ),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe('pruning by importance', () => {
  const x = normal(40, 7);
  const labels = Int32Array.from({ length: 10 }, (_, i) => i % 3);
  const w = normal(12, 8);
  const v2 = normal(12, 9);
  const model = modelWith(
    [node('MatMul', ['x', 'w'], ['a']), node('MatMul', ['x', 'v'], ['b']), node('Add', ['a', 'b'], ['y'])],
    [makeTensor('w', DataType.FLOAT, [4, 3], w), makeTensor('v', DataType.FLOAT, [4, 3], v2)],
    ['n', 4],
  );
  const data = dataOf(x, [4], { labels });

  async function pruned(o: object) {
    const ctx = context(data);
    const after = await pruneWeights(model, options(o), ctx);
    const weights: Record<string, Float32Array> = {};
    for (const t of mainGraph(after).initializer) weights[t.name] = await readFloats(t);
    const { found } = await scoresOf(model, { ...o, pattern: undefined }, data);
    return { weights, scores: found, ctx };
  }
  const gone = (after: Float32Array) => Array.from(after.keys()).filter((i) => after[i] === 0);
  const least = (scores: ArrayLike<number>, among: number[], k: number) =>
    [...among]
      .sort((a, b) => scores[a] - scores[b])
      .slice(0, k)
      .sort((a, b) => a - b);
  const all = Array.from({ length: 12 }, (_, i) => i);

  test.each(['gradient', 'taylor', 'wanda'])(
    '%s: global, by layer, by output, threshold and pattern',
    async (importance) => {
      const global = await pruned({ importance, scope: 'global', sparsity: 0.5 });
      const both = [...global.scores.get('w')!, ...global.scores.get('v')!];
      const expected = least(both, Array.from(both.keys()), 12);
      expect([...gone(global.weights.w), ...gone(global.weights.v).map((i) => i + 12)]).toEqual(expected);

      const layer = await pruned({ importance, scope: 'layer', sparsity: 0.3 });
      for (const id of ['w', 'v']) expect(gone(layer.weights[id])).toEqual(least(layer.scores.get(id)!, all, 4));

      const output = await pruned({ importance, scope: 'output', sparsity: 0.5 });
      for (const id of ['w', 'v']) {
        const chosen = [0, 1, 2].flatMap((c) =>
          least(
            output.scores.get(id)!,
            all.filter((i) => i % 3 === c),
            2,
          ),
        );
        expect(gone(output.weights[id])).toEqual(chosen.sort((a, b) => a - b));
      }

      const limit = both.sort((a, b) => a - b)[7] * 1.0001;
      const threshold = await pruned({ importance, threshold: limit });
      for (const id of ['w', 'v'])
        expect(gone(threshold.weights[id])).toEqual(all.filter((i) => threshold.scores.get(id)![i] < limit));

      const pattern = await pruned({ importance, pattern: { n: 1, m: 2 } });
      for (const id of ['w', 'v']) {
        const pairs = all.filter((i) => Math.floor(i / 3) % 2 === 0).map((i) => [i, i + 3]);
        const fell = pairs.flatMap((p) => least(pattern.scores.get(id)!, p, 1)).sort((a, b) => a - b);
        expect(gone(pattern.weights[id])).toEqual(fell);
      }
    },
  );

  test('exactly the share, weights that were zero before included', async () => {
    const holes = w.map((x, i) => (i % 3 === 0 ? 0 : x));
    const sparse = modelWith(
      [node('MatMul', ['x', 'w'], ['y'])],
      [makeTensor('w', DataType.FLOAT, [4, 3], holes)],
      ['n', 4],
    );
    for (const [sparsity, zeros] of [
      [0.25, 4],
      [0.5, 6],
      [1, 12],
    ]) {
      const after = await pruneWeights(sparse, options({ importance: 'gradient', sparsity }), context(data));
      const found = await readFloats(listWeights(after.proto)[0].tensor);
      expect(found.filter((v) => v === 0).length).toBe(zeros);
    }
  });

  test('in rounds: measured again on what is left, the last round at the sparsity itself', async () => {
    const o = { importance: 'taylor', scope: 'layer', sparsity: 0.75 };
    const two = await pruned({ ...o, rounds: 2 });
    // The first of two rounds leaves √(1 − 0.75), a half.
    const half = await pruneWeights(model, options({ ...o, sparsity: 0.5 }), context(data));
    const after = await pruneWeights(half, options(o), context(data));
    for (const { name, tensor } of listWeights(after.proto))
      expect(await readFloats(tensor)).toEqual(two.weights[name]);
    for (const id of ['w', 'v']) expect(gone(two.weights[id]).length).toBe(9);
    // Nothing is on the way to a threshold.
    const once = await pruned({ importance: 'taylor', threshold: 0.1, rounds: 1 });
    expect((await pruned({ importance: 'taylor', threshold: 0.1, rounds: 5 })).weights).toEqual(once.weights);
    // Nor of a layer with a threshold of its own, though another goes on.
    const mixed = await pruned({ ...o, rounds: 5, layers: { v: { threshold: 0.1 } } });
    expect(mixed.weights.v).toEqual(once.weights.v);
  });

  test('magnitude by output needs no data', async () => {
    const after = await pruneWeights(model, options({ scope: 'output', sparsity: 0.25 }), context());
    const found = await readFloats(listWeights(after.proto)[0].tensor);
    const magnitudes = w.map(Math.abs);
    const fell = [0, 1, 2].flatMap((c) =>
      least(
        magnitudes,
        all.filter((i) => i % 3 === c),
        1,
      ),
    );
    expect(gone(found)).toEqual(fell.sort((a, b) => a - b));
  });

  test('sketches are of the scores', async () => {
    const sketches = await importanceSketches(model, options({ importance: 'taylor' }), context(data));
    const { found } = await scoresOf(model, { importance: 'taylor' }, data);
    expect([...sketches.keys()]).toEqual(['w', 'v']);
    for (const [id, s] of sketches) {
      expect(s.count).toBe(12);
      expect(s.max).toBe(Math.max(...found.get(id)!));
    }
    const apart = options({ importance: 'taylor', minElements: 1000, layers: { w: { skip: true } } });
    expect([...(await importanceSketches(model, apart, context(data))).keys()]).toEqual(['w', 'v']);
    expect((await importanceSketches(model, options(), context())).get('w')!.min).toBe(Math.min(...w));
  });

  test('without samples, with labels of other data, and cancelled', async () => {
    const run = (o: object, d?: CalibrationData, signal?: AbortSignal) =>
      pruneWeights(model, options(o), { ...context(d), ...(signal && { signal }) });
    for (const importance of ['gradient', 'taylor', 'wanda']) {
      await expect(run({ importance })).rejects.toMatchObject({ code: 'data/missing', hint: /--data/ });
      await expect(run({ importance }, data, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    }
    const wrong = dataOf(x, [4], { labels: labels.map((l) => l + 5) });
    await expect(run({ importance: 'taylor' }, wrong)).rejects.toMatchObject({ code: 'data/label-range' });
  });

  test('scope and rounds follow the importance unless they are said', () => {
    expect(options().scope).toBe('global');
    expect(options({ importance: 'taylor' }).scope).toBe('global');
    expect(options({ importance: 'wanda' }).scope).toBe('output');
    expect(options({ importance: 'wanda', scope: 'layer' }).scope).toBe('layer');
    const rounds = (importance: string) => options({ importance, rounds: undefined }).rounds;
    expect(['magnitude', 'gradient', 'taylor', 'wanda'].map(rounds)).toEqual([1, 10, 10, 1]);
  });
});
