import { describe, expect, test } from 'vitest';
import { type AttributeValue, graph, modelProto, node, valueInfo } from './build.ts';
import { DataType, type NodeProto } from './proto.ts';
import { makeTensor } from './tensor.ts';
import { isCompressible, listWeights } from './weights.ts';

const w = (dims: number[], name = 'w') =>
  makeTensor(name, DataType.FLOAT, dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));

/** The weight `w` of `dims` as the nodes make it. */
function weightOf(dims: number[], ...nodes: NodeProto[]) {
  return listWeights(modelProto(graph('g', nodes, [], [], [w(dims)])))[0];
}

describe('what a tensor is for', () => {
  test.each<[string, number[], string, string[], Record<string, AttributeValue>, string, number | undefined]>([
    ['a convolution', [8, 3, 3, 3], 'Conv', ['x', 'w'], {}, 'weight', 0],
    ['its bias', [8], 'Conv', ['x', 'k', 'w'], {}, 'bias', undefined],
    ['a transposed convolution', [3, 8, 2, 2], 'ConvTranspose', ['x', 'w'], {}, 'weight', 1],
    ['Gemm', [3, 8], 'Gemm', ['x', 'w'], {}, 'weight', 1],
    ['Gemm with transB', [8, 3], 'Gemm', ['x', 'w'], { transB: 1 }, 'weight', 0],
    ['Gemm from the left', [8, 3], 'Gemm', ['w', 'x'], {}, 'weight', 0],
    ['MatMul', [2, 3, 8], 'MatMul', ['x', 'w'], {}, 'weight', 2],
    ['MatMul from the left', [2, 8, 3], 'MatMul', ['w', 'x'], {}, 'weight', 1],
    ['an embedding', [100, 8], 'Gather', ['w', 'i'], {}, 'embedding', 0],
    ['a table looked up along another axis', [100, 8], 'Gather', ['w', 'i'], { axis: 1 }, 'constant', undefined],
    ['an LSTM', [1, 32, 8], 'LSTM', ['x', 'w', 'r'], {}, 'recurrent', 1],
    ['a norm', [8], 'LayerNormalization', ['x', 'w'], {}, 'norm', undefined],
    ['what is quantized already', [8, 3], 'DequantizeLinear', ['w', 's'], {}, 'quantized', undefined],
    ['an added bias', [8], 'Add', ['x', 'w'], {}, 'bias', undefined],
    ['a shape', [4], 'Reshape', ['x', 'w'], {}, 'constant', undefined],
  ])('%s', (_, dims, op, input, attributes, role, axis) => {
    const found = weightOf(dims, node(op, input, ['y'], attributes));
    expect(found).toMatchObject({ id: 'w', role, uses: [{ op, node: 'y', input: input.indexOf('w') }] });
    expect(found.channelAxis).toBe(axis);
    expect(isCompressible(found)).toBe(['weight', 'embedding', 'recurrent'].includes(role));
  });

  test('nothing uses it', () => {
    expect(weightOf([2])).toMatchObject({ role: 'constant', uses: [] });
  });

  test('carriers in between turn its axes', () => {
    const matmul = node('MatMul', ['x', 't'], ['y']);
    expect(weightOf([8, 3], node('Transpose', ['w'], ['t']), matmul).channelAxis).toBe(0);
    expect(weightOf([2, 8, 3], node('Transpose', ['w'], ['t'], { perm: [0, 2, 1] }), matmul).channelAxis).toBe(1);
    expect(
      weightOf([3, 8], node('Identity', ['w'], ['a']), node('Cast', ['a'], ['t'], { to: 1 }), matmul).channelAxis,
    ).toBe(1);
    const reshaped = weightOf([24], node('Reshape', ['w', 's'], ['t']), matmul);
    expect(reshaped.role).toBe('weight');
    expect(reshaped.channelAxis).toBeUndefined();
  });

  test('a weight shared by two layers keeps its axis only where they agree', () => {
    const a = node('MatMul', ['x', 'w'], ['a']);
    const tied = node('Gather', ['w', 'i'], ['b']);
    expect(weightOf([8, 8], a, tied)).toMatchObject({ role: 'weight', channelAxis: 1 });
    const both = weightOf([8, 8], a, node('Gemm', ['x', 'w'], ['c'], { transB: 1 }));
    expect(both.channelAxis).toBeUndefined();
    expect(both.uses).toHaveLength(2);
  });

  test('a subgraph that uses an outer weight counts', () => {
    const body = graph('b', [node('MatMul', ['x', 'w'], ['z'])], [], [valueInfo('z', 1, null)]);
    expect(weightOf([3, 8], node('If', ['c'], ['y'], { then_branch: { graph: body } })).role).toBe('weight');
  });
});
