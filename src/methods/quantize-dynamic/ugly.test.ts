import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { runModel } from '../ort/testing.ts';
import { randomWeights, testContext } from '../testing.ts';
import { quantizeDynamic } from './apply.ts';
import { quantizeDynamicSchema } from './options.ts';

const { FLOAT } = DataType;
const tensor = (name: string, dims: number[], seed = 1) =>
  makeTensor(
    name,
    FLOAT,
    dims,
    randomWeights(
      'normal',
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  );
const options = (more: object = {}) => v.parse(quantizeDynamicSchema, { method: 'quantize-dynamic', ...more });

function model(nodes: NodeProto[], tensors: TensorProto[], outputs: string[], opset = 17): Model {
  const proto = modelProto(
    graph(
      'g',
      nodes,
      [valueInfo('x', FLOAT, [2, 8])],
      outputs.map((name) => valueInfo(name, FLOAT, null)),
      tensors,
    ),
    opset,
  );
  return { name: 'm', proto, bytes: 0, external: [] };
}

const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
const run = async (m: Model) => runModel(await modelBytes(m), { x: { dims: [2, 8], data: x } });

describe('quantize-dynamic on ugly models', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a weight with %s when it is written, by name',
    async (bad) => {
      const w = new Float32Array(32).fill(1);
      w[5] = bad;
      const m = model([node('MatMul', ['x', 'w'], ['y'])], [makeTensor('w', FLOAT, [8, 4], w)], ['y']);
      const written = modelBytes(await quantizeDynamic(m, options(), testContext()));
      await expect(written).rejects.toMatchObject({ code: 'recipe/not-applicable', where: 'w' });
    },
  );

  it('refuses opsets that have no DynamicQuantizeLinear', async () => {
    const m = model([node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [8, 4])], ['y'], 10);
    await expect(quantizeDynamic(m, options(), testContext())).rejects.toMatchObject({ code: 'recipe/not-applicable' });
  });

  it('keeps a transposed B that others read right, where the reference spoils it', async () => {
    // Square, so that the reference's model would run, and be wrong.
    const nodes = [
      node('Gemm', ['x', 'w'], ['a'], { transB: 1 }, { name: 'one' }),
      node('Gemm', ['x', 'w'], ['b'], { transB: 1 }, { name: 'two' }),
      node('Mul', ['x', 'row'], ['s']),
      node('Add', ['a', 'b'], ['ab']),
      node('Transpose', ['w'], ['t']),
      node('MatMul', ['ab', 't'], ['y'], {}, { name: 'three' }),
    ];
    const m = model(nodes, [tensor('w', [8, 8]), tensor('row', [8], 2)], ['y', 's']);
    const [float, quantized] = [await run(m), await run(await quantizeDynamic(m, options(), testContext()))];
    const [a, b] = [Array.from(float.y.data, Number), Array.from(quantized.y.data, Number)];
    const peak = Math.max(...a.map(Math.abs));
    // Three 8-bit products in a row: a few percent of the largest output.
    a.forEach((value, i) => {
      expect(Math.abs(value - b[i])).toBeLessThan(peak * 0.08);
    });
  });

  it('dequantizes a weight for the node that reads it as a float too', async () => {
    const nodes = [node('MatMul', ['x', 'w'], ['y']), node('Identity', ['w'], ['copy'])];
    const m = model(nodes, [tensor('w', [8, 4])], ['y', 'copy']);
    const made = await quantizeDynamic(m, options(), testContext());
    expect(made.proto.graph!.node.filter((n) => n.opType === 'DequantizeLinear')).toHaveLength(1);
    expect(made.proto.graph!.initializer.some((t) => t.name === 'w')).toBe(false);
    const out = await run(made);
    const w = await readFloats(m.proto.graph!.initializer[0]);
    const step = Math.max(...w.map(Math.abs)) / 127;
    w.forEach((value, i) => {
      expect(Math.abs(value - Number(out.copy.data[i]))).toBeLessThanOrEqual(step * 0.5001);
    });
  });

  it('leaves what the recipe skips, and says which names it does not know', async () => {
    const nodes = [node('MatMul', ['x', 'w'], ['h']), node('Gemm', ['h', 'g'], ['y'], { transB: 1 })];
    const m = model(nodes, [tensor('w', [8, 4]), tensor('g', [3, 4])], ['y']);
    const ctx = testContext();
    const made = await quantizeDynamic(m, options({ layers: { g: { skip: true }, nobody: { skip: true } } }), ctx);
    const ops = made.proto.graph!.node.map((n) => n.opType);
    expect([ops.filter((o) => o === 'MatMul').length, ops.filter((o) => o === 'MatMulInteger').length]).toEqual([1, 1]);
    expect(ctx.notes.map((n) => n.values.tensor)).toEqual(['nobody']);
  });

  it('has one DynamicQuantizeLinear for two readers, and none for a model without layers', async () => {
    const two = [node('MatMul', ['x', 'w'], ['y']), node('MatMul', ['x', 'u'], ['z'])];
    const made = await quantizeDynamic(
      model(two, [tensor('w', [8, 4]), tensor('u', [8, 3])], ['y', 'z']),
      options(),
      testContext(),
    );
    expect(made.proto.graph!.node.filter((n) => n.opType === 'DynamicQuantizeLinear')).toHaveLength(1);
    const none = await quantizeDynamic(model([node('Relu', ['x'], ['y'])], [], ['y']), options(), testContext());
    expect(none.proto.graph!.node.map((n) => n.opType)).toEqual(['Relu']);
  });

  it('reads each weight once, and reports it once', async () => {
    const w = tensor('w', [64, 64]);
    const m = model(
      [node('Gemm', ['x', 'v', 'c'], ['h']), node('MatMul', ['h', 'w'], ['y'])],
      [tensor('v', [8, 64]), w, tensor('c', [64])],
      ['y'],
    );
    const ctx = testContext();
    await modelBytes(await quantizeDynamic(m, options(), ctx));
    expect([...ctx.reports.keys()].sort()).toEqual(['v', 'w']);
    expect(ctx.reports.get('w')).toMatchObject({ bytesBefore: 64 * 64 * 4, bytesAfter: 64 * 64 + 5, encoding: 'int8' });
    expect(ctx.reports.get('w')!.sqnr).toBeGreaterThan(25);
  });
});
