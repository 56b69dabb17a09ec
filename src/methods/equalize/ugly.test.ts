import { expect, test } from 'vitest';
import type { AttributeValue } from '../../onnx/build.ts';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { dimsOf, readFloats } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { equalized, Net, normalData } from './testing.ts';

/** The largest difference of the outputs, as a share of their largest value. */
async function difference(a: Model, b: Model): Promise<number> {
  const feeds = feedsFor(a)!;
  const [x, y] = [await run(await unparse(a), feeds), await run(await unparse(b), feeds)];
  let most = 0;
  for (const [name, { data }] of Object.entries(x!)) {
    const [p, q] = [data as Float32Array, y![name].data as Float32Array];
    const top = Math.max(1e-6, ...p.map(Math.abs));
    most = Math.max(most, ...p.map((v, i) => Math.abs(v - q[i]) / top));
  }
  return most;
}

/** Largest magnitudes along the axis of a Conv's weight, by the node's output. */
async function ranges(model: Model, output: string, axis: 0 | 1): Promise<number[]> {
  const graph = model.proto.graph!;
  const name = graph.node.find((n) => n.output[0] === output)!.input[1];
  const tensor = graph.initializer.find((t) => t.name === name)!;
  const [w, [o, i, ...kernel]] = [await readFloats(tensor), dimsOf(tensor)];
  const inner = kernel.reduce((a, b) => a * b, 1);
  const out = new Array(axis === 0 ? o : i).fill(0);
  w.forEach((x, at) => {
    const c = axis === 0 ? Math.floor(at / (i * inner)) : Math.floor(at / inner) % i;
    out[c] = Math.max(out[c], Math.abs(x));
  });
  return out;
}

/** Rounding each weight and each of two sums once more changes 6e-8 of them; these nets are short and do not cancel. */
const NOISE = 2e-6;

test('the channels between two layers get the range √(r₁r₂) on both sides', async () => {
  const net = new Net();
  const a = net.add('Conv', ['x', net.uneven([6, 3, 3, 3])]);
  const b = net.add('Conv', [net.add('Relu', [a]), net.uneven([4, 6, 1, 1])]);
  const model = net.model(['n', 3, 6, 6], [b]);
  const { model: after } = await equalized(model, { activations: false });
  const [r1, r2] = [await ranges(model, a, 0), await ranges(model, b, 1)];
  const [s1, s2] = [await ranges(after, a, 0), await ranges(after, b, 1)];
  // float32 rounds each range by 6e-8 of it.
  for (let c = 0; c < 6; c++) {
    const wanted = Math.sqrt(r1[c] * r2[c]);
    expect(s1[c] / wanted).toBeCloseTo(1, 6);
    expect(s2[c] / wanted).toBeCloseTo(1, 6);
  }
  expect(await difference(model, after)).toBeLessThan(NOISE);
});

test('a depthwise triple settles with all four ranges of a channel equal in pairs', async () => {
  const net = new Net(3);
  const a = net.add('Conv', ['x', net.uneven([6, 3, 1, 1]), net.random([6])]);
  const d = net.add('Conv', [net.add('Relu', [a]), net.uneven([6, 1, 3, 3])], { group: 6, pads: [1, 1, 1, 1] });
  const p = net.add('Conv', [net.add('Relu', [d]), net.uneven([4, 6, 1, 1])]);
  const model = net.model(['n', 3, 6, 6], [p]);
  const { model: after } = await equalized(model, { activations: false });
  const [r1, rd, r2] = [await ranges(after, a, 0), await ranges(after, d, 0), await ranges(after, p, 1)];
  for (let c = 0; c < 6; c++) {
    // Rounds end when no factor moves by more than 0.1 %.
    expect(Math.abs(Math.log(r1[c] / rd[c]))).toBeLessThan(0.003);
    expect(Math.abs(Math.log(rd[c] / r2[c]))).toBeLessThan(0.003);
  }
  expect(await difference(model, after)).toBeLessThan(NOISE);
});

test('a Clip gets a bound for each channel, which changes nothing; as a Relu it changes what was above', async () => {
  const net = new Net(4);
  const a = net.add('Conv', ['x', net.uneven([6, 3, 3, 3]), net.random([6])]);
  const clip = net.add('Clip', [a, net.tensor([], [0]), net.tensor([], [0.5])]);
  const b = net.add('Conv', [clip, net.uneven([4, 6, 1, 1])]);
  const model = net.model(['n', 3, 6, 6], [b]);
  const { model: after } = await equalized(model);
  expect(after.proto.graph!.node.map((n) => n.opType)).toEqual(['Conv', 'Clip', 'Min', 'Conv']);
  expect(await difference(model, after)).toBeLessThan(NOISE);
  const relu = await equalized(model, { clip: 'relu' });
  expect(relu.model.proto.graph!.node.map((n) => n.opType)).toEqual(['Conv', 'Relu', 'Conv']);
  expect(relu.keys).toContain('clips-replaced');
  expect(await difference(model, relu.model)).toBeGreaterThan(0.01);
  const skip = await equalized(model, { clip: 'skip' });
  expect(skip.model.proto.graph).toEqual(model.proto.graph);
  expect(skip.keys).toContain('equalize-between');
});

test('zero channels stay, and what they leave of the next layer goes', async () => {
  const net = new Net(5);
  const w = net.random([4, 3, 1, 1]);
  (net.tensors[0] as { rawData: Uint8Array }).rawData.fill(0, 0, 3 * 4);
  // Channel 0 is its bias everywhere: below 0 it is nothing behind the Relu.
  const a = net.add('Conv', ['x', w, net.tensor([4], [-1, 0.5, 0, 0])]);
  const d = net.add(
    'Conv',
    [
      net.add('Relu', [a]),
      net.tensor(
        [4, 1, 3, 3],
        new Float32Array(36).map((_, i) => (i < 9 ? 1e6 : i)),
      ),
    ],
    {
      group: 4,
      pads: [1, 1, 1, 1],
    },
  );
  const b = net.add('Conv', [net.add('Relu', [d]), net.random([2, 4, 1, 1])]);
  const model = net.model(['n', 3, 5, 5], [b]);
  const { model: after, notes } = await equalized(model);
  expect(notes.find((n) => n.key === 'channels-constant')?.values.count).toBe(2);
  expect((await ranges(after, d, 0))[0]).toBe(0);
  expect(await difference(model, after)).toBeLessThan(NOISE);
});

test('a constant channel goes into the next bias, but not past padding', async () => {
  for (const pads of [
    [0, 0, 0, 0],
    [1, 1, 1, 1],
  ]) {
    for (const autoPad of ['NOTSET', 'SAME_UPPER']) {
      const net = new Net(6);
      const a = net.add('Conv', ['x', net.tensor([2, 1, 1, 1], [0, 1]), net.tensor([2], [2, 0])]);
      const same: Record<string, AttributeValue> = autoPad === 'SAME_UPPER' ? { auto_pad: autoPad } : { pads };
      const b = net.add('Conv', [net.add('Relu', [a]), net.random([3, 2, 3, 3])], same);
      const model = net.model(['n', 1, 5, 5], [b]);
      const { model: after } = await equalized(model);
      const padded = pads[0] > 0 || autoPad !== 'NOTSET';
      expect((await ranges(after, b, 1))[0] === 0).toBe(!padded);
      expect(await difference(model, after)).toBeLessThan(NOISE);
    }
  }
});

test('NaN and infinite weights, shared weights and outputs that go to several nodes are left alone, with a note', async () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const net = new Net();
    const a = net.add('Conv', ['x', net.random([4, 3, 1, 1])]);
    const b = net.add('Conv', [net.add('Relu', [a]), net.tensor([1, 4, 1, 1], [1, bad, 1, 1])]);
    const model = net.model(['n', 3, 5, 5], [b]);
    const { model: after, keys } = await equalized(model, { biasCorrection: 'data' }, normalData([2, 3, 5, 5]));
    expect(keys).toContain('skipped-nan');
    expect((await ranges(after, b, 1))[0]).toBe(1);
  }
  const net = new Net();
  const w = net.random([3, 3, 1, 1]);
  const a = net.add('Conv', [net.add('Relu', [net.add('Conv', ['x', w])]), w]);
  const c = net.add('Relu', [net.add('Conv', [a, net.uneven([3, 3, 1, 1])])]);
  const d = net.add('Conv', [c, net.uneven([3, 3, 1, 1])]);
  const model = net.model(['n', 3, 5, 5], [net.add('Add', [c, d])]);
  const { model: after, keys, notes } = await equalized(model);
  expect(keys.filter((k) => k === 'equalize-shared')).toHaveLength(2);
  expect(notes.find((n) => n.key === 'equalize-branches')?.values.tensor).toBe('t1');
  expect(after.proto.graph).toEqual(model.proto.graph);
});

test('outputs of the model keep their values, and a Gemm whose C is a column is left alone', async () => {
  const net = new Net(8);
  const a = net.add('Gemm', ['x', net.random([4, 3]), net.random([3, 1])]);
  const b = net.add('Relu', [net.add('Gemm', [a, net.uneven([3, 5])])]);
  const model = net.model([3, 4], [b, net.add('Gemm', [b, net.uneven([5, 2])])]);
  const { model: after, keys } = await equalized(model);
  expect(keys).toContain('equalize-form');
  expect(await difference(model, after)).toBe(0);
});

test('models without layers, and empty graphs, come back as they are', async () => {
  const net = new Net();
  const model = net.model([2], [net.add('Relu', ['x'])]);
  expect((await equalized(model)).model.proto.graph).toEqual(model.proto.graph);
});

test('a model of an old opset is raised to one whose Min broadcasts', async () => {
  const net = new Net(4);
  const a = net.add('Conv', ['x', net.uneven([6, 3, 3, 3]), net.random([6])]);
  const clip = net.add('Clip', [a], { min: { float: 0 }, max: { float: 0.5 } });
  const model = net.model(['n', 3, 6, 6], [net.add('Conv', [clip, net.uneven([4, 6, 1, 1])])], 7);
  const { model: after } = await equalized(model);
  expect(checkModel(after)).toEqual([]);
  expect(after.proto.graph!.node.map((n) => n.opType)).toContain('Min');
  expect(await difference(model, after)).toBeLessThan(NOISE);
});
