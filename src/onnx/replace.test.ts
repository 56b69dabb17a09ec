import { create } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from './build.ts';
import type { Model } from './model.ts';
import {
  DataType,
  type FunctionProto,
  FunctionProtoSchema,
  type GraphProto,
  OperatorSetIdProtoSchema,
  type SparseTensorProto,
} from './proto.ts';
import { type Replacement, replaceWeights } from './replace.ts';
import { makeTensor, readFloats } from './tensor.ts';
import { modelOf, parse, run, unparse } from './testing.ts';
import { listWeights } from './weights.ts';

const { FLOAT } = DataType;
const f32 = (name: string, values: number[], dims = [values.length]) =>
  makeTensor(name, FLOAT, dims, Float32Array.from(values));

/** A replacement by two initializers and the node that multiplies them, which every opset has. */
function product(name: string, values: number[]): Replacement {
  return {
    initializers: [
      f32(
        `${name}_half`,
        values.map((v) => v / 2),
      ),
      f32(`${name}_two`, [2]),
    ],
    nodes: [node('Mul', [`${name}_half`, `${name}_two`], [name])],
  };
}

async function outputs(model: Model, x = 1) {
  const c = new ort.Tensor('bool', [true], []);
  const feeds = { x: new ort.Tensor('float32', Float32Array.of(x, x), [2]) };
  const wanted = model.proto.graph!.input.some((i) => i.name === 'c') ? { ...feeds, c } : feeds;
  return (await run(await unparse(model), wanted))?.y.data;
}

function simple(g: Partial<GraphProto>, irVersion = 10n): Model {
  const base = graph('g', [], [valueInfo('x', FLOAT, [2])], [valueInfo('y', FLOAT, null)]);
  const m = modelOf(modelProto({ ...base, ...g } as GraphProto, 13));
  m.proto.irVersion = irVersion;
  return m;
}

const REPLACEMENTS: [string, Replacement][] = [
  ['another tensor', { tensor: f32('ignored', [30, 40]) }],
  ['nodes', product('w', [30, 40])],
];

describe.each(REPLACEMENTS)('replaced by %s', (_, r) => {
  test('an initializer, shared by two nodes and a subgraph, is replaced once', async () => {
    const branch = (op: string) => graph(op, [node(op, ['x', 'w'], ['b'])], [], [valueInfo('b', FLOAT, null)]);
    const model = simple({
      node: [
        node('Add', ['x', 'w'], ['a']),
        node('If', ['c'], ['d'], { then_branch: { graph: branch('Mul') }, else_branch: { graph: branch('Sub') } }),
        node('Add', ['a', 'd'], ['e']),
        node('Add', ['e', 'w'], ['y']),
      ],
      input: [valueInfo('x', FLOAT, [2]), valueInfo('c', DataType.BOOL, [])],
      initializer: [f32('w', [3, 4])],
    });
    const edited = replaceWeights(model, new Map([['w', r]]));
    expect(await outputs(edited)).toEqual(Float32Array.of(1 + 30 + 30 + 30, 1 + 40 + 40 + 40));
    expect(model.proto.graph!.initializer).toHaveLength(1);
  });

  test('a Constant node, also one that feeds a subgraph', async () => {
    const branch = graph('b', [node('Mul', ['x', 'w'], ['b'])], [], [valueInfo('b', FLOAT, null)]);
    const model = simple({
      node: [
        node('Constant', [], ['w'], { value: { tensor: f32('', [3, 4]) } }),
        node('If', ['c'], ['y'], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
      ],
      input: [valueInfo('x', FLOAT, [2]), valueInfo('c', DataType.BOOL, [])],
    });
    const edited = replaceWeights(model, new Map([['w', r]]));
    expect(await outputs(edited)).toEqual(Float32Array.of(30, 40));
    // What was not touched is shared, not copied.
    const at = edited.proto.graph!.node.length - 1;
    expect(edited.proto.graph!.node[at]).toBe(model.proto.graph!.node[1]);
  });

  test('one branch of an If, whose weights have the same name in both', async () => {
    const branch = (v: number) =>
      graph('b', [node('Mul', ['x', 'w'], ['b'])], [], [valueInfo('b', FLOAT, null)], [f32('w', [v, v])]);
    const model = simple({
      node: [node('If', ['c'], ['y'], { then_branch: { graph: branch(3) }, else_branch: { graph: branch(4) } })],
      input: [valueInfo('x', FLOAT, [2]), valueInfo('c', DataType.BOOL, [])],
    });
    expect(listWeights(model.proto).map((w) => w.id)).toEqual(['If_0/then_branch/w', 'If_0/else_branch/w']);
    const edited = replaceWeights(model, new Map([['If_0/then_branch/w', r]]));
    expect(await outputs(edited)).toEqual(Float32Array.of(30, 40));
    const before = listWeights(model.proto)[1].tensor;
    expect(listWeights(edited.proto).find((w) => w.id === 'If_0/else_branch/w')!.tensor).toBe(before);
  });

  test('a Constant in a function', async () => {
    const fn = create(FunctionProtoSchema, {
      domain: 'my',
      name: 'Scale',
      input: ['a'],
      output: ['b'],
      node: [node('Constant', [], ['w'], { value: { tensor: f32('', [3, 4]) } }), node('Mul', ['a', 'w'], ['b'])],
      opsetImport: [{ domain: '', version: 13n }],
    }) as FunctionProto;
    const model = simple({ node: [node('Scale', ['x'], ['y'], {}, { domain: 'my' })] });
    model.proto.functions.push(fn);
    model.proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: 'my', version: 1n }));
    expect(await outputs(model)).toEqual(Float32Array.of(3, 4));
    const edited = replaceWeights(model, new Map([['function my:Scale/w', r]]));
    expect(await outputs(edited)).toEqual(Float32Array.of(30, 40));
  });

  test('a sparse initializer, by a dense one', async () => {
    const sparse = {
      $typeName: 'onnx.SparseTensorProto',
      dims: [2n],
      values: f32('w', [4]),
      indices: makeTensor('', DataType.INT64, [1], BigInt64Array.of(1n)),
    } as SparseTensorProto;
    const model = simple({ node: [node('Add', ['x', 'w'], ['y'])], sparseInitializer: [sparse] });
    const [weight] = listWeights(model.proto);
    expect(weight).toMatchObject({ id: 'w', place: 'sparse-initializer' });
    expect([...(await readFloats(weight.tensor))]).toEqual([0, 4]);
    expect(await outputs(model)).toEqual(Float32Array.of(1, 5));
    const edited = replaceWeights(model, new Map([['w', r]]));
    expect(edited.proto.graph!.sparseInitializer).toHaveLength(0);
    expect(await outputs(edited)).toEqual(Float32Array.of(31, 41));
  });

  test('an initializer that is a graph input too, as IR version 3 wants it', async () => {
    const model = simple(
      {
        node: [node('Add', ['x', 'w'], ['y'])],
        input: [valueInfo('x', FLOAT, [2]), valueInfo('w', FLOAT, [2])],
        initializer: [f32('w', [3, 4])],
      },
      3n,
    );
    const edited = replaceWeights(model, new Map([['w', r]]));
    expect(await outputs(edited)).toEqual(Float32Array.of(31, 41));
    const stays = 'tensor' in r;
    expect(edited.proto.graph!.input.some((i) => i.name === 'w')).toBe(stays);
    expect(edited.proto.irVersion).toBe(stays ? 3n : 4n);
  });
});

test('the declared type of an input follows a default of another dtype', () => {
  const model = simple({
    input: [valueInfo('x', FLOAT, [2]), valueInfo('w', FLOAT, [2])],
    initializer: [f32('w', [3, 4])],
  });
  const half = makeTensor('w', DataType.FLOAT16, [2], new Uint16Array(2));
  const type = replaceWeights(model, new Map([['w', { tensor: half }]])).proto.graph!.input[1].type!.value;
  expect(type.case === 'tensorType' && type.value.elemType).toBe(DataType.FLOAT16);
});

test('tensors of one name have ids of their own and are replaced one by one', () => {
  const model = simple({ initializer: [f32('w', [1]), f32('w', [2]), f32('w#2', [3])] });
  const ids = listWeights(model.proto).map((w) => w.id);
  expect(new Set(ids).size).toBe(3);
  const edited = replaceWeights(model, new Map([[ids[1], { tensor: f32('', [9]) }]]));
  const [a, b, c] = edited.proto.graph!.initializer;
  expect(a).toBe(model.proto.graph!.initializer[0]);
  expect(b.name).toBe('w');
  expect(c).toBe(model.proto.graph!.initializer[2]);
});

test('nodes and paths of one name do not mix their subgraphs up', async () => {
  const branch = (v: number) =>
    graph('b', [node('Mul', ['x', 'w'], ['b'])], [], [valueInfo('b', FLOAT, null)], [f32('w', [v, v])]);
  const iff = (out: string, v: number) =>
    node(
      'If',
      ['c'],
      [out],
      { then_branch: { graph: branch(v) }, else_branch: { graph: branch(0) } },
      { name: 'same' },
    );
  const model = simple({
    node: [iff('p', 1), iff('q', 2), node('Add', ['p', 'q'], ['y'])],
    input: [valueInfo('x', FLOAT, [2]), valueInfo('c', DataType.BOOL, [])],
    initializer: [f32('same/then_branch/w', [7])],
  });
  const weights = listWeights(model.proto);
  expect(new Set(weights.map((w) => w.id)).size).toBe(5);
  const second = weights.find((w, i) => i > 0 && w.name === 'w' && w.id.includes('then') && w.id.endsWith('#3'))!;
  expect((await readFloats(second.tensor))[0]).toBe(2);
  const edited = replaceWeights(model, new Map([[second.id, { tensor: f32('', [10, 20]) }]]));
  const firsts = await Promise.all(listWeights(edited.proto).map(async (w) => (await readFloats(w.tensor))[0]));
  expect(firsts).toEqual([7, 1, 0, 10, 0]);
});

test('no replacements, or none that exist, give the same model back', async () => {
  const model = await parse(await unparse(simple({ initializer: [f32('w', [1])] })));
  expect(replaceWeights(model, new Map())).toBe(model);
  expect(replaceWeights(model, new Map([['other', { tensor: f32('', [1]) }]]))).toBe(model);
});

test('Identity nodes that feed themselves do not hang the listing', () => {
  const loops = Array.from({ length: 40 }, () => node('Identity', ['w'], ['w']));
  const model = simple({ node: [...loops, node('MatMul', ['x', 'w'], ['y'])], initializer: [f32('w', [1], [1, 1])] });
  expect(listWeights(model.proto)[0].role).toBe('weight');
});
