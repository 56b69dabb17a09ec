import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { attrInt, attrInts } from '../../onnx/attributes.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { channelPlan } from './describe.ts';
import { analyse } from './groups.ts';
import { cutChannels } from './surgery.ts';
import { expectMasked, randomlyGone } from './testing/masked.ts';

type Step = [op: string, inputs: string[], output: string | string[], attributes?: Record<string, AttributeValue>];

/** A model from x [2, 3, 4, 4] to y, of float constants by dims and integer ones by content. */
function model(
  steps: Step[],
  floats: Record<string, number[]>,
  ints: Record<string, number[]> = {},
  { opset = 17, outputs = ['y'], input = [2, 3, 4, 4] }: { opset?: number; outputs?: string[]; input?: number[] } = {},
): Model {
  const r = new Random(7);
  const tensors: TensorProto[] = Object.entries(floats).map(([name, dims]) => {
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => r.normal() * 0.5);
    return makeTensor(name, DataType.FLOAT, dims, values);
  });
  for (const [name, values] of Object.entries(ints))
    tensors.push(makeTensor(name, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt)));
  const nodes: NodeProto[] = steps.map(([op, inputs, output, attributes]) =>
    node(op, inputs, [output].flat(), attributes),
  );
  const out = outputs.map((name) => valueInfo(name, DataType.FLOAT, null));
  const proto = modelProto(graph('g', nodes, [valueInfo('x', DataType.FLOAT, input)], out, tensors), opset);
  return { name: 'test.onnx', proto, bytes: 0, external: [] };
}

const random = (seed: number) => (analysis: Parameters<typeof randomlyGone>[0]) => randomlyGone(analysis, seed);
const groupsOf = (m: Model) => channelPlan(m).groups.map((g) => [g.id, g.channels, g.width]);
const head: Step = ['Conv', ['h', 'last'], 'y'];
const find = (m: Model, op: string) => m.proto.graph!.node.find((n) => n.opType === op)!;

test('what is concatenated stays apart, what is added goes together', () => {
  const floats = { a: [4, 3, 1, 1], b: [6, 3, 1, 1], c: [10, 3, 1, 1], last: [2, 10, 1, 1] };
  const start: Step[] = [
    ['Conv', ['x', 'a'], 'p'],
    ['Conv', ['x', 'b'], 'q'],
    ['Concat', ['p', 'q'], 'pq', { axis: 1 }],
  ];
  const apart = model([...start, ['Conv', ['pq', 'last'], 'y']], floats);
  expect(groupsOf(apart)).toEqual([
    ['a', 4, 1],
    ['b', 6, 1],
  ]);
  const added = model([...start, ['Conv', ['x', 'c'], 'r'], ['Add', ['pq', 'r'], 'h'], head], floats);
  expect(groupsOf(added)).toEqual([['a', 10, 1]]);
});

test('depthwise layers and groups are cut as a whole, few large groups alike', async () => {
  const floats = { a: [8, 3, 1, 1], d: [16, 1, 3, 3], g: [8, 4, 1, 1], last: [2, 8, 1, 1] };
  const net = model(
    [
      ['Conv', ['x', 'a'], 'p'],
      ['Conv', ['p', 'd'], 'q', { group: 8, pads: [1, 1, 1, 1] }],
      ['Conv', ['q', 'g'], 'h', { group: 4 }],
      head,
    ],
    floats,
  );
  // Each of the four groups takes four channels, which two of the depthwise layer's eight make.
  expect(groupsOf(net)).toEqual([['a', 4, 2]]);
  const { model: cut } = await expectMasked(net, () => Uint8Array.of(1, 0, 0, 1));
  expect(cut.proto.graph!.node.map((n) => attrInt(n, 'group', 1))).toEqual([1, 4, 2, 1]);
  const two = model([['Conv', ['x', 'a'], 'p'], ['Conv', ['p', 'w'], 'h', { group: 2 }], head], {
    ...floats,
    w: [8, 4, 1, 1],
  });
  // Of two groups channels of one place go together, so that both stay alike.
  expect(groupsOf(two)).toEqual([
    ['a', 4, 2],
    ['w', 4, 2],
  ]);
  const after = await expectMasked(two, random(3));
  expect(attrInt(after.model.proto.graph!.node[1], 'group', 1)).toBe(2);
});

test('old forms of Split and Slice have their attributes changed', async () => {
  const floats = { a: [8, 3, 1, 1], b: [4, 4, 1, 1], c: [4, 4, 1, 1], last: [2, 8, 1, 1] };
  const split = model(
    [
      ['Conv', ['x', 'a'], 'p'],
      ['Split', ['p'], ['q', 'r'], { axis: 1 }],
      ['Conv', ['q', 'b'], 's'],
      ['Conv', ['r', 'c'], 't'],
      ['Concat', ['s', 't'], 'h', { axis: 1 }],
      head,
    ],
    floats,
    {},
    { opset: 11 },
  );
  const gone = Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1);
  const { model: cut } = await expectMasked(split, () => gone);
  expect(attrInts(find(cut, 'Split'), 'split')).toEqual([1, 3]);
  const slice = model(
    [
      ['Conv', ['x', 'a'], 'p'],
      ['Slice', ['p'], 'q', { axes: [1], starts: [2], ends: [-2] }],
      ['Conv', ['q', 'b'], 'y'],
    ],
    floats,
    {},
    { opset: 9 },
  );
  const sliced = await expectMasked(slice, () => Uint8Array.of(1, 0, 1, 0, 0, 0, 1, 0));
  expect(attrInts(find(sliced.model, 'Slice'), 'starts')).toEqual([1]);
  expect(attrInts(find(sliced.model, 'Slice'), 'ends')).toEqual([4]);
});

test('a Split into equal parts is told its sizes', async () => {
  const net = model(
    [
      ['Conv', ['x', 'a'], 'p'],
      ['Split', ['p'], ['q', 'r'], { axis: 1, num_outputs: 2 }],
      ['Conv', ['q', 'b'], 's'],
      ['Conv', ['r', 'c'], 't'],
      ['Add', ['s', 't'], 'y'],
    ],
    { a: [8, 3, 1, 1], b: [4, 4, 1, 1], c: [4, 4, 1, 1] },
    {},
    { opset: 18 },
  );
  const { model: cut } = await expectMasked(net, () => Uint8Array.of(1, 1, 1, 0, 0, 0, 0, 1));
  expect(attrInt(find(cut, 'Split'), 'num_outputs', 0)).toBe(0);
});

test('GroupNormalization loses whole groups', async () => {
  const net = model(
    [['Conv', ['x', 'a'], 'p'], ['GroupNormalization', ['p', 's', 't'], 'h', { num_groups: 4 }], head],
    { a: [8, 3, 1, 1], s: [8], t: [8], last: [2, 8, 1, 1] },
    {},
    { opset: 21 },
  );
  expect(groupsOf(net)).toEqual([['a', 4, 2]]);
  const { model: cut } = await expectMasked(net, () => Uint8Array.of(0, 1, 1, 0));
  expect(attrInt(find(cut, 'GroupNormalization'), 'num_groups', 0)).toBe(2);
});

test('groups of a ConvTranspose are cut as a whole', async () => {
  const net = model([['Conv', ['x', 'a'], 'p'], ['ConvTranspose', ['p', 'w', 'b'], 'h', { group: 4 }], head], {
    ...{ a: [8, 3, 1, 1], w: [8, 3, 2, 2], b: [12], last: [2, 12, 1, 1] },
  });
  expect(groupsOf(net)).toEqual([['a', 4, 2]]);
  await expectMasked(net, () => Uint8Array.of(0, 1, 0, 1));
});

test('what cannot be followed is left, with its reason and node', () => {
  const layer: Step = ['Conv', ['x', 'a'], 'p'];
  const floats = { a: [4, 3, 1, 1], last: [2, 4, 1, 1], w: [4], s: [1, 1, 4, 4] };
  const left = (steps: Step[], outputs = ['y'], opset = 17) =>
    channelPlan(model([layer, ...steps], floats, { axes: [1] }, { outputs, opset })).left[0];
  expect(left([head], ['y', 'p'])).toEqual({ id: 'a', reason: 'output', node: 'p' });
  expect(left([['Softmax', ['p'], 'h', { axis: 1 }], head])).toMatchObject({ reason: 'normalized', node: 'h' });
  expect(left([['ReduceMean', ['p'], 'y', { axes: [1] }]])).toMatchObject({ reason: 'reduced', node: 'y' });
  expect(left([['Compress', ['p', 'k'], 'h', { axis: 1 }], head])).toMatchObject({ reason: 'unknown-op', node: 'h' });
  expect(left([['NonZero', ['p'], 'y']])).toMatchObject({ reason: 'unknown-op', node: 'y' });
  expect(left([['Slice', ['p', 'k', 'k', 'axes'], 'h'], head])).toMatchObject({ reason: 'layout', node: 'h' });
});

test('what nodes inside a branch take keeps its channels', () => {
  const inner = (name: string) =>
    graph(name, [node('Identity', ['p'], [`${name}_out`])], [], [valueInfo(`${name}_out`, DataType.FLOAT, null)]);
  const net = model(
    [
      ['Conv', ['x', 'a'], 'p'],
      ['If', ['c'], 'y', { then_branch: { graph: inner('t') }, else_branch: { graph: inner('e') } }],
    ],
    { a: [4, 3, 1, 1] },
  );
  expect(channelPlan(net)).toMatchObject({ groups: [], left: [{ id: 'a', reason: 'subgraph' }] });
});

test('weights of Constant nodes, transposed and shared ones are cut', async () => {
  const r = new Random(3);
  const constant = makeTensor(
    '',
    DataType.FLOAT,
    [6, 3],
    Float32Array.from({ length: 18 }, () => r.normal()),
  );
  const net = model(
    [
      ['Constant', [], 'a', { value: { tensor: constant } }],
      ['Transpose', ['a'], 'at'],
      ['MatMul', ['x', 'at'], 'p'],
      ['MatMul', ['x', 'at'], 'q'],
      ['Relu', ['q'], 'q2'],
      ['Mul', ['p', 'q2'], 'h'],
      ['MatMul', ['h', 'last'], 'y'],
    ],
    { last: [6, 2] },
    {},
    { input: [2, 5, 3] },
  );
  expect(groupsOf(net)).toEqual([['a', 6, 1]]);
  const { model: cut } = await expectMasked(net, () => Uint8Array.of(1, 0, 0, 1, 0, 1));
  expect(cut.proto.graph!.initializer.map((t) => [t.name, t.dims.map(Number)])).toContainEqual(['a', [3, 3]]);
});

test('initializers that are graph inputs too, as before IR version 4, have their types changed', async () => {
  const net = model([['Conv', ['x', 'a'], 'h'], head], { a: [4, 3, 1, 1], last: [2, 4, 1, 1] }, {}, { opset: 8 });
  net.proto.irVersion = 3n;
  for (const t of net.proto.graph!.initializer)
    net.proto.graph!.input.push(valueInfo(t.name, DataType.FLOAT, t.dims.map(Number)));
  net.proto.graph!.valueInfo.push(valueInfo('h', DataType.FLOAT, ['n', 4, 4, 4]));
  // From version 4 on the caller may put in others, so that they stay.
  const newer = { ...net, proto: { ...net.proto, irVersion: 8n } };
  expect(channelPlan(newer).groups).toEqual([]);
  const shapes = JSON.stringify((await cutOf(net)).proto.graph!.valueInfo[0].type!.value, (_, v) =>
    typeof v === 'bigint' ? Number(v) : v,
  );
  expect(shapes).toContain('{"case":"dimValue","value":2}');
});

async function cutOf(net: Model): Promise<Model> {
  const { model: cut } = cutChannels(analyse(net), Uint8Array.of(1, 0, 1, 0));
  const feeds = { x: feedsFor(net)!.x };
  const result = await run(await unparse(cut), feeds);
  expect(result!.y.dims).toEqual([2, 2, 4, 4]);
  return cut;
}

test('a hostile Reshape, Split or Gather is left alone', () => {
  const floats = { a: [4, 3, 1, 1], last: [2, 4, 1, 1] };
  for (const step of [
    ['Reshape', ['p', 'bad'], 'h'],
    ['Split', ['p', 'bad'], ['h', 'i'], { axis: 9 }],
    ['Gather', ['p', 'bad'], 'h', { axis: 1 }],
    ['Transpose', ['p'], 'h', { perm: [9, 9] }],
    ['Concat', ['p', 'nothing'], 'h', { axis: 1 }],
    ['Conv', ['p', 'a'], 'h', { group: 3 }],
    ['DepthToSpace', ['p'], 'h', { blocksize: 3 }],
  ] as Step[]) {
    const net = model([['Conv', ['x', 'a'], 'p'], step, head], floats, { bad: [7, -9, 1_000_000] });
    expect(() => channelPlan(net)).not.toThrow();
  }
});
