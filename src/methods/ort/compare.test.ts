import { describe, expect, it } from 'vitest';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { firstDifference } from './compare.ts';

const { FLOAT } = DataType;

interface Change {
  nodes?: (nodes: NodeProto[]) => NodeProto[];
  weight?: number;
  rename?: string;
  attribute?: AttributeValue;
  inner?: number;
  opset?: number;
}

function model(change: Change): Model {
  const w = change.rename ?? 'w';
  const body = (value: number) =>
    graph(
      'body',
      [node('Add', ['h', 'c'], ['b'])],
      [],
      [valueInfo('b', FLOAT, null)],
      [makeTensor('c', FLOAT, [], Float32Array.of(value))],
    );
  const nodes = [
    node('MatMul', ['x', w], ['h'], {}, { name: 'one' }),
    node('Softmax', ['h'], ['s'], { axis: change.attribute ?? 1 }),
    node('Sub', ['s', 'h'], ['y']),
    node('If', ['flag'], ['z'], { then_branch: { graph: body(1) }, else_branch: { graph: body(change.inner ?? 2) } }),
  ];
  const proto = modelProto(
    graph(
      'g',
      change.nodes ? change.nodes(nodes) : nodes,
      [valueInfo('x', FLOAT, [1, 2]), valueInfo('flag', DataType.BOOL, [])],
      [valueInfo('y', FLOAT, null), valueInfo('z', FLOAT, null)],
      [makeTensor(w, FLOAT, [2, 2], Float32Array.of(1, 2, 3, change.weight ?? 4))],
    ),
    change.opset,
  );
  return { name: 'm', proto, bytes: 0, external: [] };
}

describe('firstDifference', () => {
  it('sees no difference in names of values and nodes, and in order', async () => {
    const other = model({ rename: 'weights', nodes: (n) => [n[3], n[2], n[0], n[1]] });
    expect(await firstDifference(model({}), other)).toBeUndefined();
  });

  const changes: [string, Change][] = [
    ['one bit of a weight', { weight: 4.0000005 }],
    ['the sign of a zero', { weight: -0 }],
    ['an attribute', { attribute: 0 }],
    ["an attribute's type", { attribute: { float: 1 } }],
    ['a constant in a body', { inner: 3 }],
    ['the opset', { opset: 20 }],
    ['the order of inputs', { nodes: (n) => [n[0], n[1], node('Sub', ['h', 's'], ['y']), n[3]] }],
    ['a node more', { nodes: (n) => [...n, node('Relu', ['h'], ['r'])] }],
    ['a node twice', { nodes: (n) => [...n, node('MatMul', ['x', 'w'], ['h2'])] }],
    ['another maker of an output', { nodes: (n) => [n[0], n[1], node('Sub', ['s', 'h'], ['q']), n[3]] }],
  ];
  it.each(changes)('sees %s', async (_, change) => {
    const base = change.weight !== undefined && Object.is(change.weight, -0) ? model({ weight: 0 }) : model({});
    expect(await firstDifference(base, model(change))).toBeTypeOf('string');
  });
});
