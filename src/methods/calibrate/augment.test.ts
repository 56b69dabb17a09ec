import { describe, expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType } from '../../onnx/proto.ts';
import { withOutputs } from './augment.ts';

function model(): Model {
  const branch = graph('then', [node('Neg', ['a'], ['t'])], [], [valueInfo('t', DataType.FLOAT, null)]);
  const nodes = [
    node('Relu', ['x'], ['a']),
    node('Abs', ['x'], ['unused']),
    node('If', ['c'], ['b'], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
    node('Exp', ['b'], ['y']),
  ];
  const inputs = [valueInfo('x', DataType.FLOAT, [1]), valueInfo('c', DataType.BOOL, [])];
  return {
    name: 'm',
    proto: modelProto(graph('g', nodes, inputs, [valueInfo('y', DataType.FLOAT, [1])]), 17),
    bytes: 0,
    external: [],
  };
}

describe('a model whose outputs are values inside it', () => {
  const shown = (...names: string[]) => {
    const g = mainGraph(withOutputs(model(), new Map(names.map((n) => [n, DataType.FLOAT as number]))));
    return [g.node.map((n) => n.opType), g.output.map((v) => v.name)];
  };
  test('keeps what they need, through subgraphs too, in order', () => {
    expect(shown('b')).toEqual([['Relu', 'If'], ['b']]);
    expect(shown('unused', 'a')).toEqual([
      ['Relu', 'Abs'],
      ['unused', 'a'],
    ]);
  });
  test('an input or nothing needs no nodes', () => {
    expect(shown('x')).toEqual([[], ['x']]);
    expect(shown()).toEqual([[], []]);
  });
});
