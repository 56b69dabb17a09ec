import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../build.ts';
import { checkModel } from '../check.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { modelOf, run, unparse } from '../testing.ts';
import { f32 } from './cases.ts';
import { raiseOpset } from './raise.ts';

/**
 * ONNX Runtime has no kernels for what these operators were in opset 6, so that each is held against its definition
 * (onnx/docs/Changelog.md) worked out by hand.
 */
const X = Float32Array.from({ length: 24 }, (_, i) => Math.sin(2 * i + 1));

async function raised(
  op: string,
  dims: number[],
  inputs: TensorProto[],
  attributes: Record<string, AttributeValue>,
  target: number,
) {
  const g = graph(
    'g',
    [node(op, ['x', ...inputs.map((t) => t.name)], ['y'], attributes)],
    [valueInfo('x', DataType.FLOAT, dims)],
    [valueInfo('y', DataType.FLOAT, null)],
    inputs,
  );
  const model = raiseOpset(modelOf(modelProto(g, 6)), target);
  expect(checkModel(model).filter((p) => p.severity === 'error')).toEqual([]);
  const count = dims.reduce((a, b) => a * b, 1);
  const out = await run(await unparse(model), { x: new ort.Tensor('float32', X.slice(0, count), dims) });
  return Array.from(out!.y.data as Float32Array);
}

const f = Math.fround;
const close = (got: number[], want: number[]) => {
  expect(got).toHaveLength(want.length);
  // Float32 sums of at most three products of numbers below 4.
  got.forEach((v, i) => {
    expect(Math.abs(v - want[i])).toBeLessThanOrEqual(3 * 16 * 2 ** -23);
  });
};
const b3 = [0.5, -2, 3];

describe.each([7, 13, 21])('from opset 6 to %d', (target) => {
  test.each<[string, Record<string, AttributeValue>, number[], (i: number) => number]>([
    ['along the axis it names', { broadcast: 1, axis: 1 }, [2, 3, 4], (i) => Math.floor(i / 4) % 3],
    ['along a negative axis', { broadcast: 1, axis: -2 }, [2, 3, 4], (i) => Math.floor(i / 4) % 3],
    ['along the last axis by default', { broadcast: 1 }, [2, 4, 3], (i) => i % 3],
  ])('a second operand lies %s', async (_, attributes, dims, at) => {
    const ops: [string, (a: number, b: number) => number][] = [
      ['Add', (a, b) => a + b],
      ['Sub', (a, b) => a - b],
      ['Mul', (a, b) => a * b],
      ['Div', (a, b) => a / b],
      // A power of a negative number is none unless it is whole: those of b3 but one are.
      ['Pow', (a, b) => a ** b],
    ];
    for (const [op, apply] of ops) {
      const y = await raised(op, dims, [f32('b', b3)], attributes, target);
      const want = Array.from(X, (x, i) => f(apply(x, f(b3[at(i)]))));
      if (op !== 'Pow') expect(y).toEqual(want);
      else {
        y.forEach((v, i) => {
          // Not every library rounds a power of float32 to the last bit: a few units in the last place.
          if (Number.isNaN(want[i])) expect(v).toBeNaN();
          else expect(v / want[i], `${X[i]} ** ${b3[at(i)]}`).toBeCloseTo(1, 6);
        });
      }
    }
  });

  test('so it does for comparisons and logic', async () => {
    const ops: [string, number, (a: number, b: number) => boolean][] = [
      ['Greater', DataType.FLOAT, (a, b) => a > b],
      ['Less', DataType.FLOAT, (a, b) => a < b],
      ['Equal', DataType.INT32, (a, b) => Math.trunc(a) === Math.trunc(b)],
      ['And', DataType.BOOL, (a, b) => a !== 0 && b !== 0],
      ['Or', DataType.BOOL, (a, b) => a !== 0 || b !== 0],
      ['Xor', DataType.BOOL, (a, b) => (a !== 0) !== (b !== 0)],
    ];
    const x = Float32Array.from({ length: 24 }, (_, i) => (i % 5) - 1);
    const b = [0, 2, -1];
    for (const [op, to, apply] of ops) {
      const g = graph(
        'g',
        [
          node('Cast', ['x'], ['a'], { to }),
          node('Cast', ['b'], ['c'], { to }),
          node(op, ['a', 'c'], ['z'], { broadcast: 1, axis: 1 }),
          node('Cast', ['z'], ['y'], { to: DataType.FLOAT }),
        ],
        [valueInfo('x', DataType.FLOAT, [2, 3, 4])],
        [valueInfo('y', DataType.FLOAT, null)],
        [f32('b', b)],
      );
      g.valueInfo = [valueInfo('a', to, [2, 3, 4]), valueInfo('c', to, [3])];
      const model = raiseOpset(modelOf(modelProto(g, 6)), target);
      expect(checkModel(model).filter((p) => p.severity === 'error')).toEqual([]);
      const out = await run(await unparse(model), { x: new ort.Tensor('float32', x, [2, 3, 4]) });
      const want = Array.from(x, (v, i) => Number(apply(v, b[Math.floor(i / 4) % 3])));
      expect(Array.from(out!.y.data as Float32Array), op).toEqual(want);
    }
  });

  test('a recurrent layer always gives its sequence', async () => {
    const x = [X[0], X[1]];
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    // One step from a state of zeros: the recurrent weights have nothing to work on.
    const layers: [string, number, (gates: number[]) => number][] = [
      ['RNN', 1, ([h]) => Math.tanh(h)],
      ['GRU', 3, ([z, , h]) => (1 - sigmoid(z)) * Math.tanh(h)],
      ['LSTM', 4, ([i, o, , c]) => sigmoid(o) * Math.tanh(sigmoid(i) * Math.tanh(c))],
    ];
    for (const [op, gates, apply] of layers) {
      const w = Array.from({ length: 2 * gates }, (_, i) => Math.cos(3 * i));
      const tensors = [f32('w', w, [1, gates, 2]), f32('r', new Array(gates).fill(0.5), [1, gates, 1])];
      const [y] = await raised(op, [1, 1, 2], tensors, { hidden_size: 1, output_sequence: 1 }, target);
      const sums = Array.from({ length: gates }, (_, g) => w[2 * g] * x[0] + w[2 * g + 1] * x[1]);
      close([y], [apply(sums)]);
    }
  });

  test('a scalar needs no axis, and equal shapes no broadcast', async () => {
    expect(await raised('Mul', [24], [f32('b', [2], [])], { broadcast: 1, axis: 0 }, target)).toEqual(
      Array.from(X, (x) => f(2 * x)),
    );
    expect(await raised('Add', [3], [f32('b', b3)], {}, target)).toEqual(b3.map((b, i) => f(X[i] + f(b))));
  });

  test('PRelu has a slope per channel', async () => {
    const y = await raised('PRelu', [2, 3, 4], [f32('slope', b3)], {}, target);
    expect(y).toEqual(Array.from(X, (x, i) => (x < 0 ? f(x * f(b3[Math.floor(i / 4) % 3])) : x)));
    expect(await raised('PRelu', [2, 3, 4], [f32('slope', [0.25])], {}, target)).toEqual(
      Array.from(X, (x) => (x < 0 ? f(x * 0.25) : x)),
    );
  });

  test('Gemm adds its bias to every row', async () => {
    const w = [1, 2, 3, 4, 5, 6];
    const y = await raised('Gemm', [2, 3], [f32('w', w, [3, 2]), f32('c', [10, 20])], { broadcast: 1 }, target);
    const at = (r: number, c: number) =>
      10 * (c + 1) + w.reduce((s, v, i) => s + (i % 2 === c ? X[3 * r + (i >> 1)] * v : 0), 0);
    // 20 and more has two bits fewer behind the point.
    expect(y.map((v) => v.toFixed(4))).toEqual([at(0, 0), at(0, 1), at(1, 0), at(1, 1)].map((v) => v.toFixed(4)));
  });

  test('BatchNormalization and Dropout are those of inference', async () => {
    const [scale, bias, mean, variance] = [
      [1, 2],
      [0.5, -1],
      [0.1, 0.2],
      [1, 4],
    ];
    const tensors = [f32('s', scale), f32('b', bias), f32('m', mean), f32('v', variance)];
    const y = await raised('BatchNormalization', [1, 2, 3], tensors, { is_test: 1, epsilon: { float: 0 } }, target);
    close(
      y,
      Array.from(X.slice(0, 6), (x, i) => {
        const c = Math.floor(i / 3);
        return ((x - mean[c]) / Math.sqrt(variance[c])) * scale[c] + bias[c];
      }),
    );
    expect(await raised('Dropout', [24], [], { is_test: 1 }, target)).toEqual(Array.from(X));
  });

  test('Upsample repeats by height and width', async () => {
    const y = await raised(
      'Upsample',
      [1, 1, 1, 2],
      [],
      { height_scale: { float: 2 }, width_scale: { float: 3 } },
      target,
    );
    const row = [X[0], X[0], X[0], X[1], X[1], X[1]];
    expect(y).toEqual([...row, ...row]);
  });
});
