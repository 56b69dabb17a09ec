import { describe, expect, test } from 'vitest';
import { Random } from '../../../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../../../onnx/build.ts';
import { checkModel } from '../../../onnx/check.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import { dimsOf, makeTensor } from '../../../onnx/tensor.ts';
import { distill } from '../apply.ts';
import { NETWORKS } from '../options.ts';
import { answers, arrayData, floats, learningContext, options } from '../testing.ts';
import { makeNetwork, type NetworkName } from './index.ts';

const shape = {
  input: 'image',
  dims: [2, 1, 16, 16],
  dataType: DataType.FLOAT,
  output: 'logits',
  classes: 3,
  softmax: false,
};

describe('networks made here', () => {
  const dims = [
    [5, 1, 28, 28],
    [5, 3, 32, 32],
    [5, 3, 7, 9],
    [5, 17, 13, 3],
    [1, 4, 4, 4],
  ];
  test.each(NETWORKS.flatMap((name) => dims.map((d) => [name, d] as const)))(
    '%s for %j is sound and runs for any batch',
    async (name, d) => {
      const channelsLast = d[3] === 3;
      if (name !== 'mlp' && Math.min(...(channelsLast ? [d[1], d[2]] : [d[2], d[3]])) < 4) return;
      for (const width of [0.25, 1]) {
        const model = makeNetwork(name, { ...shape, dims: d }, width, 1);
        expect(checkModel(model)).toEqual([]);
        for (const n of [1, 3]) {
          const [, ...sample] = d;
          const size = sample.reduce((a, b) => a * b, 1);
          const data = Float32Array.from({ length: n * size }, (_, i) => Math.sin(i));
          const y = await answers(model, { image: { dtype: 'float32', dims: [n, ...sample], data } });
          expect(y.length).toBe(3 * n);
          expect(y.every(Number.isFinite)).toBe(true);
        }
      }
    },
  );

  test('have the layers they are known by', () => {
    const weights = (name: NetworkName, d: readonly number[]) =>
      mainGraph(makeNetwork(name, { ...shape, dims: d, classes: 10 }, 1, 1))
        .initializer.filter((t) => t.name.endsWith('.weight') && !t.name.includes('bn'))
        .map((t) => dimsOf(t).join('×'));
    expect(weights('mlp', [1, 1, 28, 28])).toEqual(['300×784', '100×300', '10×100']);
    expect(weights('lenet', [1, 1, 28, 28])).toEqual(['20×1×5×5', '50×20×5×5', '500×800', '10×500']);
    expect(weights('cnn', [1, 3, 32, 32])).toEqual(['64×3×3×3', '128×64×3×3', '1024×8192', '10×1024']);
  });

  test('begin with the spread of He et al., biases at zero, the same for the same seed', async () => {
    const w = await floats(makeNetwork('mlp', { ...shape, dims: [1, 1, 28, 28] }, 1, 3));
    const rms = Math.sqrt(w['fc1.weight'].reduce((s, x) => s + x * x, 0) / w['fc1.weight'].length);
    // 235,200 draws: the sample's deviation is within 1 % (2.5 standard errors are 0.4 %).
    expect(Math.abs(rms / Math.sqrt(2 / 784) - 1)).toBeLessThan(0.01);
    expect(w['fc1.bias'].every((x) => x === 0)).toBe(true);
    expect(await floats(makeNetwork('mlp', { ...shape, dims: [1, 1, 28, 28] }, 1, 3))).toEqual(w);
    expect((await floats(makeNetwork('mlp', { ...shape, dims: [1, 1, 28, 28] }, 1, 4)))['fc1.weight']).not.toEqual(
      w['fc1.weight'],
    );
  });

  test('of convolutions are refused for anything but images', () => {
    const make = (d: readonly number[]) => () => makeNetwork('lenet', { ...shape, dims: d }, 1, 1);
    expect(make([1, 30])).toThrow(expect.objectContaining({ code: 'recipe/not-applicable' }));
    expect(make([1, 1, 3, 30])).toThrow(expect.objectContaining({ code: 'recipe/not-applicable' }));
    expect(make([1, 1, 5000, 5000])).toThrow(expect.objectContaining({ code: 'recipe/not-applicable' }));
  });
});

/** Images of three kinds of stripes with noise, and a model of the same in- and outputs with an odd dims. */
function stripes(count: number) {
  const r = new Random(3);
  const labels = Int32Array.from({ length: count }, () => r.int(3));
  const all = new Float32Array(count * 256);
  labels.forEach((k, i) => {
    const phase = r.next() * 6;
    for (let p = 0; p < 256; p++) {
      const along = [p % 16, p >> 4, (p % 16) + (p >> 4)][k];
      all[i * 256 + p] = Math.sin(along + phase) + 0.5 * r.normal();
    }
  });
  return arrayData(all, count, [1, 16, 16], { labels }, 'image');
}

function original(): Model {
  const w = makeTensor('w', DataType.FLOAT, [256, 3], new Float32Array(768).fill(0.01));
  const nodes = [
    node('Flatten', ['image'], ['f'], { axis: 1 }),
    node('MatMul', ['f', 'w'], ['z']),
    node('Softmax', ['z'], ['probs'], { axis: -1 }),
  ];
  const g = graph(
    'g',
    nodes,
    [valueInfo('image', DataType.FLOAT, ['n', 1, 16, 16])],
    [valueInfo('probs', DataType.FLOAT, ['n', 3])],
    [w],
  );
  return { name: 'original.onnx', proto: modelProto(g, 17), bytes: 0, external: [] };
}

test.each(['mlp', 'lenet', 'resnet'] as const)(
  'a teacher is trained from labels in the original’s place: %s',
  async (student) => {
    const data = stripes(300);
    const model = original();
    const ctx = learningContext(model, data);
    const o = options({ student, width: 0.25, teacher: 'labels', epochs: 12, batchSize: 20, rate: 0.003 });
    const result = await distill(model, o, ctx);
    expect(checkModel(result)).toEqual([]);
    const g = mainGraph(result);
    expect([g.input[0].name, g.output[0].name]).toEqual(['image', 'probs']);
    const { values } = ctx.notes.find((n) => n.key === 'learned')!;
    expect(values.after).toBeGreaterThan(0.8);
    const y = await answers(result, await data.samples!.read([0, 1]));
    expect(y.reduce((a, b) => a + b, 0)).toBeCloseTo(2, 4);
  },
);

test('a network learns from a teacher that a step before has trained', async () => {
  const data = stripes(300);
  const train = options({ student: 'lenet', width: 0.25, teacher: 'labels', epochs: 12, batchSize: 20, rate: 0.003 });
  const teacher = await distill(original(), train, learningContext(original(), data));
  const ctx = learningContext(teacher, { ...data, samples: { ...data.samples!, labels: undefined } as never });
  await distill(teacher, options({ student: 'mlp', width: 0.25, epochs: 12, batchSize: 20, rate: 0.003 }), ctx);
  expect(ctx.notes.find((n) => n.key === 'learned')!.values.after).toBeGreaterThan(0.8);
});
