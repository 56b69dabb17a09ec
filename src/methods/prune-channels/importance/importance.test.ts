import { expect, test } from 'vitest';
import { Random } from '../../../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../../../onnx/build.ts';
import type { Model } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../../onnx/tensor.ts';
import type { Value } from '../../../runtime/types.ts';
import { runningContext } from '../../simplify/testing.ts';
import type { CalibrationData } from '../../types.ts';
import { analyse } from '../groups.ts';
import { byActivations } from './activations.ts';
import { byTaylor } from './taylor.ts';
import { byScale, byWeights } from './weights.ts';

const [IN, WIDE, CLASSES] = [3, 5, 4];

/** Two convolutions into one sum (so that channels of both go together), normalization, pooling and a classifier. */
function net(norm = true): Model {
  const r = new Random(11);
  const make = (dims: number[], draw = () => r.normal()) =>
    Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, draw);
  const tensor = (name: string, dims: number[], draw?: () => number) => makeTensor(name, 1, dims, make(dims, draw));
  const nodes = [
    node('Conv', ['x', 'a'], ['p']),
    node('Conv', ['x', 'c', 'cb'], ['q']),
    node('Add', ['p', 'q'], ['s']),
    ...(norm ? [node('BatchNormalization', ['s', 'g', 'h', 'm', 'v'], ['t'])] : [node('Identity', ['s'], ['t'])]),
    node('Sigmoid', ['t'], ['u']),
    node('GlobalAveragePool', ['u'], ['w']),
    node('Flatten', ['w'], ['f']),
    node('Gemm', ['f', 'k', 'kb'], ['y'], { transB: 1 }),
  ];
  const tensors = [
    tensor('a', [WIDE, IN, 1, 1]),
    tensor('c', [WIDE, IN, 1, 1]),
    tensor('cb', [WIDE]),
    ...(norm ? ['g', 'h', 'm'].map((n) => tensor(n, [WIDE])) : []),
    ...(norm ? [tensor('v', [WIDE], () => 1 + r.next())] : []),
    tensor('k', [CLASSES, WIDE]),
    tensor('kb', [CLASSES]),
  ];
  const io = [valueInfo('x', DataType.FLOAT, ['n', IN, 2, 2]), valueInfo('y', DataType.FLOAT, ['n', CLASSES])];
  return {
    ...{ name: 't.onnx', bytes: 0, external: [] },
    proto: modelProto(graph('g', nodes, [io[0]], [io[1]], tensors), 17),
  };
}

const r = new Random(2);
const COUNT = 16;
const images = Float32Array.from({ length: COUNT * IN * 4 }, () => r.normal());
const labels = Int32Array.from({ length: COUNT }, () => r.int(CLASSES));
const read = async (indices: ArrayLike<number>): Promise<Record<string, Value>> => {
  const size = IN * 4;
  const data = new Float32Array(indices.length * size);
  Array.from(indices).forEach((i, k) => {
    data.set(images.subarray(i * size, (i + 1) * size), k * size);
  });
  return { x: { dtype: 'float32', dims: [indices.length, IN, 2, 2], data } };
};
const all = Array.from({ length: COUNT }, (_, i) => i);
const data = (labelled: boolean): CalibrationData => ({
  ...{ id: 'd', count: COUNT, samples: { batch: null, read, ...(labelled && { labels }) } },
  async *batches() {
    yield await read(all);
  },
});
const context = (labelled = true) => ({ ...runningContext(), data: data(labelled) });

async function floats(model: Model, name: string): Promise<Float32Array> {
  return readFloats(model.proto.graph!.initializer.find((t) => t.name === name)!);
}

/** Outputs of the model with a factor on each channel where the classifier takes it. */
async function gated(model: Model, gates: readonly number[], feeds: Record<string, Value>): Promise<Float32Array> {
  const k = await floats(model, 'k');
  const w = k.map((x, i) => x * gates[i % WIDE]);
  const graphs = model.proto.graph!;
  const initializer = graphs.initializer.map((t) => (t.name === 'k' ? makeTensor('k', 1, [CLASSES, WIDE], w) : t));
  const session = await runningContext().openSession({
    ...model,
    proto: { ...model.proto, graph: { ...graphs, initializer } },
  });
  return (await session.run(feeds)).y.data as Float32Array;
}

const even = (x: number[]) => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return x.map((v) => v / mean);
};
const close = (a: Iterable<number>, b: readonly number[], digits: number) =>
  Array.from(a).forEach((x, i) => {
    expect(x / b[i]).toBeCloseTo(1, digits);
  });

test('by weights: norms of the filters of both layers, each tensor 1 on average', async () => {
  const model = net();
  const [a, c] = [await floats(model, 'a'), await floats(model, 'c')];
  const row = (w: Float32Array, o: number) => Array.from(w.subarray(o * IN, (o + 1) * IN));
  const rows = (w: Float32Array, f: (x: number[]) => number) =>
    even(Array.from({ length: WIDE }, (_, o) => f(row(w, o))));
  const both = (f: (x: number[]) => number) => rows(a, f).map((x, o) => (x + rows(c, f)[o]) / 2);
  const l1 = await byWeights(analyse(model), 'l1', context());
  close(
    l1,
    both((x) => x.reduce((s, v) => s + Math.abs(v), 0)),
    5,
  );
  close(
    await byWeights(analyse(model), 'l2', context()),
    both((x) => Math.hypot(...x)),
    5,
  );
  const apart = (w: Float32Array) =>
    even(
      Array.from({ length: WIDE }, (_, o) =>
        Array.from({ length: WIDE }, (_, p) => Math.hypot(...row(w, o).map((x, i) => x - row(w, p)[i]))).reduce(
          (s, d) => s + d,
          0,
        ),
      ),
    );
  const median = apart(a).map((x, o) => (x + apart(c)[o]) / 2);
  close(await byWeights(analyse(model), 'geometric-median', context()), median, 5);
});

test('by scale: |γ|, and the weights where there is no normalization, which is noted', async () => {
  const model = net();
  const g = await floats(model, 'g');
  close(await byScale(analyse(model), context()), even(Array.from(g, Math.abs)), 5);
  const ctx = context();
  close(await byScale(analyse(net(false)), ctx), Array.from(await byWeights(analyse(net(false)), 'l2', ctx)), 9);
  expect(ctx.notes).toMatchObject([{ key: 'no-batch-norm', values: { tensor: 'a' } }]);
});

test('by activations: what each channel adds to the classifier', async () => {
  const model = net();
  const feeds = await read(all);
  const [base, k] = [await gated(model, [1, 1, 1, 1, 1], feeds), await floats(model, 'k')];
  // The classifier is linear: without a channel it gives what that channel does not add.
  const added = await Promise.all(
    Array.from({ length: WIDE }, async (_, c) => {
      const y = await gated(
        model,
        Array.from({ length: WIDE }, (_, i) => (i === c ? 0 : 1)),
        feeds,
      );
      const x = Array.from({ length: COUNT }, (_, n) => (base[n * CLASSES] - y[n * CLASSES]) / k[c]);
      const norm = Array.from({ length: CLASSES }, (_, o) => k[o * WIDE + c] ** 2).reduce((s, v) => s + v, 0);
      const mean = x.reduce((s, v) => s + v, 0) / COUNT;
      return [norm * x.reduce((s, v) => s + v * v, 0), norm * x.reduce((s, v) => s + (v - mean) ** 2, 0)];
    }),
  );
  const plain = await byActivations(analyse(model), false, context());
  // The difference of two float32 answers over a weight.
  close(plain, even(added.map(([x]) => x)), 3);
  const centred = await byActivations(analyse(model), true, context());
  close(centred, even(added.map(([, x]) => x)), 2);
});

/** The loss of each batch that the method takes, as a function of a factor on one channel. */
async function slopes(model: Model, loss: (y: Float32Array, indices: number[]) => number): Promise<number[]> {
  // Two batches of eight, each from all over the data.
  const batches = [0, 1].map((b) => Array.from({ length: 8 }, (_, i) => 2 * i + b));
  const squares = Array<number>(WIDE).fill(0);
  for (const indices of batches) {
    const feeds = await read(indices);
    for (let c = 0; c < WIDE; c++) {
      const at = async (f: number) =>
        loss(
          await gated(
            model,
            Array.from({ length: WIDE }, (_, i) => (i === c ? f : 1)),
            feeds,
          ),
          indices,
        );
      squares[c] += (((await at(1.01)) - (await at(0.99))) / 0.02) ** 2;
    }
  }
  return squares;
}

test('by the loss: the squared derivative by a factor on the channel', async () => {
  const model = net();
  const entropy = (y: Float32Array, indices: number[]) =>
    indices.reduce((sum, sample, n) => {
      const own = Array.from(y.subarray(n * CLASSES, (n + 1) * CLASSES));
      const total = own.reduce((s, v) => s + Math.exp(v), 0);
      return sum + Math.log(total) - own[labels[sample]];
    }, 0) / indices.length;
  const scores = await byTaylor(analyse(model), context());
  const reference = await slopes(model, entropy);
  // Central differences of float32 answers are good to some parts in a thousand.
  close(scores, reference, 1);
  // Without labels: finite, positive, and the same for the same seed.
  const [a, b] = [await byTaylor(analyse(model), context(false)), await byTaylor(analyse(model), context(false))];
  expect(a).toEqual(b);
  expect(a.every((x) => x > 0 && Number.isFinite(x))).toBe(true);
});

test('what is measured on data needs some', async () => {
  const ctx = runningContext();
  await expect(byTaylor(analyse(net()), ctx)).rejects.toMatchObject({ code: 'data/missing' });
  await expect(byActivations(analyse(net()), true, ctx)).rejects.toMatchObject({ code: 'data/missing' });
});
