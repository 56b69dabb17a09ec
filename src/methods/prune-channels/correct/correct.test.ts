import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../../onnx/build.ts';
import { checkModel } from '../../../onnx/check.ts';
import type { Model } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import { makeTensor } from '../../../onnx/tensor.ts';
import type { Value } from '../../../runtime/types.ts';
import { runningContext } from '../../simplify/testing.ts';
import { analyse } from '../groups.ts';
import { type CutModel, cutChannels } from '../surgery.ts';
import { correctTakers } from './correct.ts';
import { Moments } from './moments.ts';

test('the fit is where the ridge regression has no slope', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (seed, n, m) => {
      const r = new Random(seed);
      const rows = 1 + r.int(100);
      const x = Array.from({ length: rows }, () => Float64Array.from({ length: n }, () => r.normal()));
      const y = Array.from({ length: rows }, () => Float64Array.from({ length: m }, () => r.normal()));
      const w = Float64Array.from({ length: n * m }, () => r.normal());
      const moments = new Moments(n, m);
      for (let k = 0; k < rows; k++)
        moments.add(
          (i) => x[k][i],
          (o) => y[k][o],
        );
      const v = moments.solve(w, 0.01)!;
      const lambda = (0.01 * x.reduce((s, row) => s + row.reduce((a, b) => a + b * b, 0), 0)) / n;
      for (let o = 0; o < m; o++) {
        for (let j = 0; j < n; j++) {
          let slope = lambda * (v[o * n + j] - w[o * n + j]);
          for (let k = 0; k < rows; k++) {
            let error = -y[k][o];
            for (let i = 0; i < n; i++) error += v[o * n + i] * x[k][i];
            slope += error * x[k][j];
          }
          // Sums of a hundred products in float64, solved with a condition of 10⁴ at most.
          expect(Math.abs(slope)).toBeLessThan(1e-8 * rows);
        }
      }
    }),
    { numRuns: 100 },
  );
});

test('nothing is fitted to nothing, and not to what is not finite', () => {
  expect(new Moments(2, 1).solve(Float64Array.of(1, 2), 0.1)).toBeUndefined();
  const moments = new Moments(2, 1);
  moments.add(
    () => Number.NaN,
    () => 1,
  );
  expect(moments.solve(Float64Array.of(1, 2), 0.1)).toBeUndefined();
});

type Last = {
  op: string;
  w: number[];
  inputs?: string[];
  attributes?: Record<string, AttributeValue>;
  add?: boolean;
  shift?: number;
};

/** A layer of twins, each channel there twice and the second one shifted, and a layer that takes them. */
function twins(last: Last, opset = 17): { model: Model; data: Record<string, Value>[] } {
  const r = new Random(5);
  const conv = last.op === 'Conv';
  const shift = last.shift ?? 1;
  const make = (dims: number[]) => Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => r.normal());
  const [half, bias] = [make([4, 3]), make([4])];
  const both = Float32Array.of(...half, ...half);
  const first = conv
    ? [
        makeTensor('a', 1, [8, 3, 1, 1], both),
        makeTensor('ab', 1, [8], Float32Array.of(...bias, ...bias.map((b) => b + shift))),
      ]
    : [
        makeTensor('a', 1, [8, 3], both),
        makeTensor('ab', 1, [8], Float32Array.of(...bias, ...bias.map((b) => b + shift))),
      ];
  const outs = last.op === 'Conv' ? last.w[0] : 5;
  const tensors = [...first, makeTensor('w', 1, last.w, make(last.w)), makeTensor('b', 1, [outs], make([outs]))];
  const nodes = [
    conv ? node('Conv', ['x', 'a', 'ab'], ['h']) : node('Gemm', ['x', 'a', 'ab'], ['h'], { transB: 1 }),
    node(last.op, ['h', 'w', ...(last.inputs ?? [])], [last.add ? 'p' : 'y'], last.attributes),
    ...(last.add ? [node('Add', ['b', 'p'], ['y'])] : []),
  ];
  const used = new Set(nodes.flatMap((n) => n.input));
  const dims = conv ? ['n', 3, 7, 6] : ['n', 3];
  const proto = modelProto(
    graph(
      'g',
      nodes,
      [valueInfo('x', DataType.FLOAT, dims)],
      [valueInfo('y', DataType.FLOAT, null)],
      tensors.filter((t) => used.has(t.name)),
    ),
    opset,
  );
  const data = Array.from({ length: 8 }, () => {
    const own = conv ? [4, 3, 7, 6] : [16, 3];
    return { x: { dtype: 'float32' as const, dims: own, data: make(own) } };
  });
  return { model: { name: 't.onnx', proto, bytes: 0, external: [] }, data };
}

const layers: Record<string, Last> = {
  'a convolution with strides and dilations': {
    ...{ op: 'Conv', w: [5, 8, 3, 2], inputs: ['b'] },
    attributes: { strides: [2, 1], dilations: [1, 2] },
  },
  // At the border a shift is not one.
  'a convolution with pads': {
    ...{ op: 'Conv', w: [5, 8, 3, 3], inputs: ['b'], shift: 0 },
    attributes: { pads: [1, 2, 0, 1], strides: [1, 2] },
  },
  'a convolution without a bias': { op: 'Conv', w: [5, 8, 1, 1] },
  'a Gemm': { op: 'Gemm', w: [8, 5], inputs: ['b'] },
  'a Gemm with its weight transposed and no bias': { op: 'Gemm', w: [5, 8], attributes: { transB: 1 } },
  'a MatMul with an Add behind it': { op: 'MatMul', w: [8, 5], add: true },
};

test.each(Object.entries(layers))('%s gives what it gave when what is left says it all', async (_, last) => {
  const { model, data } = twins(last);
  const gone = Uint8Array.of(0, 1, 1, 0, 1, 0, 0, 1);
  const analysis = analyse(model);
  const cut = cutChannels(analysis, gone);
  const batches = async function* () {
    yield* data;
  };
  const ctx = { ...runningContext(), data: { id: 'd', count: 32, batches } };
  const corrected = await correctTakers(model, cut, analysis, ctx);
  expect(checkModel(corrected.model)).toEqual([]);
  const answer = async (m: Model) => (await (await ctx.openSession(m)).run(data[0])).y.data as Float32Array;
  const difference = async (m: CutModel) => {
    const [x, y] = [await answer(model), await answer(m.model)];
    return Math.sqrt(x.reduce((s, v, i) => s + (v - y[i]) ** 2, 0) / x.reduce((s, v) => s + v * v, 0));
  };
  // One of each pair is left, and the other is it plus one: the bias makes up for the shift. The ridge of 10⁻³ keeps the fit
  // from being exact.
  expect(await difference(cut)).toBeGreaterThan(0.3);
  expect(await difference(corrected)).toBeLessThan(0.02);
});
