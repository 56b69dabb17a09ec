import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { countMacs } from './macs.ts';
import { DataType, type NodeProto, type TensorProto } from './proto.ts';
import { inferShapes } from './shapes/infer.ts';
import { makeTensor } from './tensor.ts';
import { modelOf, parse } from './testing.ts';

const samples = new URL('../../public/samples/', import.meta.url);
const sample = async (name: string) => parse(new Uint8Array(readFileSync(new URL(name, samples))), name);

function build(
  make: (weight: (dims: number[]) => string) => NodeProto[],
  input: (number | string)[],
  output: string,
  opset = 17,
) {
  const initializers: TensorProto[] = [];
  const nodes = make((dims) => {
    const name = `w${initializers.length}`;
    initializers.push(makeTensor(name, DataType.FLOAT, dims, new Float32Array(dims.reduce((a, b) => a * b, 1))));
    return name;
  });
  const out = [valueInfo(output, DataType.FLOAT, null)];
  return modelOf(modelProto(graph('g', nodes, [valueInfo('x', DataType.FLOAT, input)], out, initializers), opset));
}

const costs = (model: ReturnType<typeof build>) => countMacs(model, inferShapes(model));

/** MobileNet v1 (Howard et al. 2017, arXiv 1704.04861, table 1) at a width. */
function mobileNet(alpha: number, size: number) {
  const layers = [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array(5).fill([512, 1]),
    [1024, 2],
    [1024, 1],
  ];
  return build(
    (weight) => {
      const nodes: NodeProto[] = [];
      let [x, channels] = ['x', 3];
      const conv = (out: number, k: number, stride: number, depthwise = false) => {
        const [c, b] = [`c${nodes.length}`, `b${nodes.length}`];
        const p = k >> 1;
        const attributes = {
          kernel_shape: [k, k],
          strides: [stride, stride],
          pads: [p, p, p, p],
          group: depthwise ? channels : 1,
        };
        nodes.push(node('Conv', [x, weight([out, depthwise ? 1 : channels, k, k])], [c], attributes));
        const norm = [0, 1, 2, 3].map(() => weight([out]));
        nodes.push(node('BatchNormalization', [c, ...norm], [b]));
        [x, channels] = [b, out];
      };
      conv(32 * alpha, 3, 2);
      for (const [out, stride] of layers) {
        conv(channels, 3, stride, true);
        conv(out * alpha, 1, 1);
      }
      nodes.push(node('GlobalAveragePool', [x], ['p']), node('Flatten', ['p'], ['f']));
      nodes.push(node('Gemm', ['f', weight([channels, 1000]), weight([1000])], ['y']));
      return nodes;
    },
    ['batch', 3, size, size],
    'y',
  );
}

test('MobileNet-v1-0.25 at 224 has 41 million MACs and 0.47 million parameters, as published', () => {
  const { total, parameters, unknown } = costs(mobileNet(0.25, 224));
  expect(Math.round(total / 1e6)).toBe(41);
  // Running means and variances are not trained, and not in the published count.
  const widths = [8, 16, 32, 32, 64, 64, 128, 128, 128, 128, 128, 128, 256, 256];
  const normalised = widths.reduce((n, c, i) => n + c + (i > 0 ? widths[i - 1] : 0), 0);
  expect(parameters - 2 * normalised).toBe(470_072);
  expect(unknown).toEqual([]);
});

test('MobileNet-v1-1.0 at 224 has 569 million MACs and 4.2 million parameters, as published', () => {
  const { total, parameters } = costs(mobileNet(1, 224));
  expect(Math.round(total / 1e6)).toBe(569);
  expect(parameters / 1e6).toBeCloseTo(4.25, 1);
});

test('ResNet-20 for 32 × 32 has 41 million MACs and 0.27 million parameters, as published', () => {
  const model = build(
    (weight) => {
      const nodes: NodeProto[] = [];
      let [x, channels] = ['x', 3];
      const conv = (out: number, stride: number) => {
        const y = `c${nodes.length}`;
        nodes.push(
          node('Conv', [x, weight([out, channels, 3, 3])], [y], { pads: [1, 1, 1, 1], strides: [stride, stride] }),
        );
        [x, channels] = [y, out];
      };
      conv(16, 1);
      for (const out of [16, 32, 64]) {
        for (let block = 0; block < 3; block++) {
          conv(out, block === 0 && out > 16 ? 2 : 1);
          conv(out, 1);
        }
      }
      nodes.push(node('GlobalAveragePool', [x], ['p']), node('Flatten', ['p'], ['f']));
      nodes.push(node('Gemm', ['f', weight([64, 10]), weight([10])], ['y']));
      return nodes;
    },
    [1, 3, 32, 32],
    'y',
  );
  const { total, parameters } = costs(model);
  expect(Math.round(total / 1e6)).toBe(41);
  expect(parameters / 1e6).toBeCloseTo(0.27, 2);
});

test('LeNet-5 and LeNet-300-100 have what is counted by hand', async () => {
  const lenet5 = costs(await sample('mnist-lenet5.onnx'));
  expect(lenet5.total).toBe(20 * 24 * 24 * 25 + 50 * 8 * 8 * 20 * 25 + 800 * 500 + 500 * 10);
  expect(lenet5.parameters).toBe(431_080);
  const lenet300 = costs(await sample('mnist-lenet300.onnx'));
  expect(lenet300.total).toBe(784 * 300 + 300 * 100 + 100 * 10);
  expect(lenet300.parameters).toBe(266_610);
  expect([...lenet300.perNode.values()].map((n) => n.parameters)).toEqual([235_500, 30_100, 1010]);
});

test('parameters of the nodes add up to those of the model', async () => {
  for (const name of ['fashion-resdw.onnx', 'mnist-vit.onnx', 'mnist-lenet5.onnx']) {
    const { parameters, perNode, total } = costs(await sample(name));
    const sum = [...perNode.values()].reduce((n, c) => n + c.parameters, 0);
    expect(sum, name).toBe(parameters);
    expect(
      [...perNode.values()].reduce((n, c) => n + c.macs, 0),
      name,
    ).toBe(total);
  }
});

test('recurrent layers, transposed convolutions, Einsum and batched products', () => {
  const lstm = build(
    (w) => [node('LSTM', ['x', w([2, 40, 8]), w([2, 40, 10])], ['y'], { hidden_size: 10, direction: 'bidirectional' })],
    [7, 'batch', 8],
    'y',
  );
  expect(costs(lstm).total).toBe(7 * 2 * 4 * (10 * 8 + 10 * 10));
  const gru = build(
    (w) => [node('GRU', ['x', w([1, 30, 8]), w([1, 30, 10])], ['y'], { hidden_size: 10 })],
    [7, 2, 8],
    'y',
  );
  expect(costs(gru).total).toBe(7 * 2 * 3 * (10 * 8 + 10 * 10));
  const up = build(
    (w) => [node('ConvTranspose', ['x', w([6, 2, 3, 3])], ['y'], { group: 3, strides: [2, 2] })],
    [1, 6, 5, 5],
    'y',
  );
  // 6 inputs of 25, each into 2 output channels by 9 taps.
  expect(costs(up).total).toBe(6 * 25 * 2 * 9);
  const batched = build((w) => [node('MatMul', ['x', w([1, 5, 6])], ['y'])], [3, 4, 5], 'y');
  expect(costs(batched).total).toBe(3 * 4 * 5 * 6);
  const einsum = build((w) => [node('Einsum', ['x', w([7, 5])], ['y'], { equation: 'bij,kj->bik' })], [3, 4, 5], 'y');
  expect(costs(einsum).total).toBe(3 * 4 * 5 * 7);
});

test('what has no known shape is said to be unknown', () => {
  const model = build(
    (w) => [
      node('NonZero', ['x'], ['z']),
      node('Cast', ['z'], ['f'], { to: 1 }),
      node('Conv', ['f', w([2, 3, 3, 3])], ['y']),
    ],
    [3],
    'y',
  );
  expect(costs(model)).toMatchObject({ total: 0, unknown: ['y'], parameters: 54 });
});
