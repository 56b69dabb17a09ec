import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { copyWith, DataType } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { equalized, Net, normalData } from './testing.ts';

const DATA = normalData([2, 3, 9, 9], 2);

/** What a layer's output goes through next; gives it as it comes out. */
function between(net: Net, x: string, c: number): string {
  const { r } = net;
  switch (r.int(8)) {
    case 0:
    case 1:
      return net.add('Relu', [x]);
    case 2:
    case 3:
      return net.add('Clip', [x, net.tensor([], [0]), net.tensor([], [0.1 + 3 * r.next()])]);
    case 4:
      return net.add('LeakyRelu', [x], { alpha: { float: 0.2 } });
    case 5:
      return net.add('PRelu', [x, net.random(r.int(2) ? [c, 1, 1] : [1])]);
    case 6:
      return net.add(['MaxPool', 'AveragePool'][r.int(2)], [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    default:
      return r.int(2) ? net.add('Softplus', [x]) : x;
  }
}

/** Chains of convolutions, grouped and depthwise ones, with branches and outputs on the way, and a Gemm or two. */
function randomNet(seed: number): Model {
  const net = new Net(seed);
  const { r } = net;
  const outputs: string[] = [];
  let [x, c] = ['x', 3];
  for (let i = 0; i < 6; i++) {
    const [before, inputs] = [x, c];
    const kind = r.int(3);
    const group = kind === 0 ? c : kind === 1 && c % 2 === 0 ? 2 : 1;
    if (kind > 0) c = 2 + 2 * r.int(4);
    const kernel = r.int(2) ? 3 : 1;
    const bias = r.int(2) ? [net.random([c])] : [];
    const pads = new Array(4).fill((kernel - 1) / 2);
    x = net.add('Conv', [x, net.uneven([c, inputs / group, kernel, kernel]), ...bias], { pads, group });
    if (r.int(2)) {
      // Some channels are one value: γ is 0, or what they weigh is next to nothing.
      const gamma = net.random([c], () => (r.int(5) ? r.normal() : 1e-12 * r.int(2)));
      const variance = net.random([c], () => 0.2 + r.next());
      x = net.add('BatchNormalization', [x, gamma, net.random([c]), net.random([c]), variance]);
    }
    x = between(net, x, c);
    if (r.int(8) === 0) outputs.push(x);
    if (r.int(4) === 0 && c === inputs && before !== 'x') x = net.add('Add', [x, before]);
  }
  const pooled = r.int(2) === 1;
  if (pooled) x = r.int(2) ? net.add('GlobalAveragePool', [x]) : net.add('ReduceMean', [x], { axes: [2, 3] });
  x = net.add('Flatten', [x]);
  x = net.add('Gemm', [x, net.uneven([10, pooled ? c : c * 81]), net.random([10])], { transB: 1 });
  if (r.int(2)) x = net.add('Gemm', [net.add('Relu', [x]), net.uneven([10, 5])]);
  return net.model(['n', 3, 9, 9], [...new Set([...outputs, x])]);
}

type Outputs = Awaited<ReturnType<typeof run>>;

/** The largest error of each output, as a share of its largest value. */
async function errors(x: Outputs, model: Model, feeds: Parameters<typeof run>[1]): Promise<Record<string, number>> {
  const y = await run(await unparse(model), feeds);
  return Object.fromEntries(
    Object.entries(x!).map(([name, { dims, data }]) => {
      expect(y![name].dims).toEqual(dims);
      const [a, b] = [data as Float32Array, y![name].data as Float32Array];
      const top = Math.max(1e-6, ...a.map(Math.abs));
      return [name, Math.max(...a.map((v, i) => Math.abs(v - b[i]))) / top];
    }),
  );
}

/** The model with every number of its tensors rounded a little differently: by up to one unit in the last place. */
async function jittered(model: Model): Promise<Model> {
  const r = new Random(1);
  const graph = model.proto.graph!;
  const initializer = await Promise.all(
    graph.initializer.map(async (t) => {
      const x = (await readFloats(t)).map((v) => v * (1 + 1.2e-7 * (2 * r.next() - 1)));
      return makeTensor(t.name, DataType.FLOAT, dimsOf(t), x);
    }),
  );
  return { ...model, proto: copyWith(model.proto, { graph: copyWith(graph, { initializer }) }) };
}

test('random networks compute the same when equalized', async () => {
  let [pairs, clips, constants] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.boolean(), fc.boolean(), async (seed, activations, withData) => {
      const model = randomNet(seed);
      const { model: after, notes } = await equalized(model, { activations }, withData ? DATA : undefined);
      expect(checkModel(after)).toEqual([]);
      pairs += Number(notes.find((n) => n.key === 'equalized')!.values.pairs);
      clips += after.proto.graph!.node.filter((n) => n.opType === 'Min').length;
      constants += notes.filter((n) => n.key === 'channels-constant').length;
      const feeds = feedsFor(model, seed)!;
      const x = await run(await unparse(model), feeds);
      const noise = await errors(x, await jittered(model), feeds);
      for (const [name, error] of Object.entries(await errors(x, after, feeds))) {
        // Folding and scaling round each weight and bias anew in up to 8 layers, and what is dropped is below 6e-8 of its layer. Where
        // sums cancel, that counts for more: by how much, one other rounding of the same numbers tells.
        expect(error).toBeLessThan(1e-5 + 30 * noise[name]);
      }
    }),
    { numRuns: 150 },
  );
  // The networks have what this is about.
  expect(pairs).toBeGreaterThan(150);
  expect(clips).toBeGreaterThan(20);
  expect(constants).toBeGreaterThan(10);
}, 240_000);
