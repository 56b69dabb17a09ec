import { expect, it } from 'vitest';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { DataType } from './proto.ts';
import { makeTensor } from './tensor.ts';
import { modelOf } from './testing.ts';
import { innerValues } from './values.ts';

it('lists what nodes make of floats, in their order, and nothing of integers or constants', () => {
  const nodes = [
    node('MatMul', ['x', 'w'], ['a']),
    node('Shape', ['a'], ['s']),
    node('Constant', [], ['c'], { value_float: 1 }),
    node('Relu', ['a'], ['b']),
    node('Mystery', ['b'], ['y', '']),
  ];
  const weights = [makeTensor('w', DataType.FLOAT, [4, 3], new Float32Array(12))];
  const [x, y] = [valueInfo('x', DataType.FLOAT, ['n', 4]), valueInfo('y', DataType.FLOAT, null)];
  const model = modelOf(modelProto(graph('g', nodes, [x], [y], weights), 17));
  expect(innerValues(model)).toEqual([
    { name: 'a', op: 'MatMul' },
    { name: 'b', op: 'Relu' },
    { name: 'y', op: 'Mystery' },
  ]);
});
