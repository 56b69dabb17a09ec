import { describe, expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { checkModel } from '../../onnx/check.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType, type ValueInfoProto } from '../../onnx/proto.ts';
import { modelBytes } from '../../onnx/write.ts';
import { openSession } from '../../runtime/session.ts';
import type { Value } from '../../runtime/types.ts';
import { fitted } from './fit.ts';

const { FLOAT, FLOAT16, INT32, INT64, BOOL } = DataType;
type Nodes = Parameters<typeof graph>[1];

function made(nodes: Nodes, inputs: ValueInfoProto[], outputs: ValueInfoProto[]): Model {
  return { name: 'm.onnx', proto: modelProto(graph('m', nodes, inputs, outputs, []), 17), bytes: 0, external: [] };
}
const f32 = (name: string, dims: (number | string)[] = ['n', 2]) => valueInfo(name, FLOAT, dims);
const original = made([node('Exp', ['image'], ['logits'])], [f32('image')], [f32('logits')]);

async function run(model: Model, feeds: Record<string, Value>) {
  const session = await openSession(await modelBytes(model));
  return session.run(feeds).finally(() => session.release());
}
const rows: Value = { dtype: 'float32', dims: [2, 2], data: Float32Array.of(1, -2, 3, 4) };
const ports = (m: Model) => [mainGraph(m).input, mainGraph(m).output].map((list) => list.map((v) => v.name));
const keys = (f: ReturnType<typeof fitted>) => f.fittings.map((x) => [x.key, ...Object.values(x.values)]);

describe('another model goes by the names of the original', () => {
  test('by position, and what goes by them inside gets others', async () => {
    // It calls its input as the original calls its output, and a value inside as the original calls its input.
    const nodes = [node('Relu', ['logits'], ['image']), node('Neg', ['image'], ['y'])];
    const found = fitted(made(nodes, [f32('logits')], [f32('y')]), original);
    expect(ports(found.model)).toEqual([['image'], ['logits']]);
    expect(keys(found)).toEqual([
      ['student-renamed', 'logits', 'image'],
      ['student-renamed', 'y', 'logits'],
    ]);
    expect(checkModel(found.model)).toEqual([]);
    expect(Array.from((await run(found.model, { image: rows })).logits.data as Float32Array)).toEqual([-1, -0, -3, -4]);
  });

  test('in bodies too', async () => {
    const body = (op: string) => graph(op, [node(op, ['x'], ['image'])], [], [f32('image')]);
    const nodes = [
      node('ReduceSum', ['x'], ['sum'], { keepdims: 0 }),
      node('Cast', ['sum'], ['some'], { to: BOOL }),
      node('If', ['some'], ['y'], { then_branch: { graph: body('Neg') }, else_branch: { graph: body('Abs') } }),
    ];
    const { model } = fitted(made(nodes, [f32('x')], [f32('y')]), original);
    expect(checkModel(model)).toEqual([]);
    expect(Array.from((await run(model, { image: rows })).logits.data as Float32Array)).toEqual([-1, 2, -3, -4]);
  });

  test('by name where all are known: in the order of the original, one unused, one dropped', async () => {
    const two = made(
      [node('Add', ['a', 'b'], ['s']), node('Mul', ['s', 'c'], ['p'])],
      ['a', 'b', 'c'].map((n) => f32(n)),
      [f32('p'), f32('s')],
    );
    const nodes = [node('Sub', ['c', 'a'], ['s']), node('Neg', ['s'], ['p']), node('Abs', ['s'], ['more'])];
    const found = fitted(made(nodes, [f32('c'), f32('a')], [f32('s'), f32('more'), f32('p')]), two);
    expect(ports(found.model)).toEqual([
      ['a', 'b', 'c'],
      ['p', 's'],
    ]);
    expect(keys(found)).toEqual([
      ['student-input-unused', 'b'],
      ['student-output-dropped', 'more'],
    ]);
    const one = (v: number): Value => ({ dtype: 'float32', dims: [1, 2], data: Float32Array.of(v, v) });
    const out = await run(found.model, { a: one(1), b: one(7), c: one(3) });
    expect([out.p.data[0], out.s.data[0]]).toEqual([-2, 2]);
  });

  test('with a cast where types differ in precision alone', async () => {
    const half = (name: string) => valueInfo(name, FLOAT16, ['n', 2]);
    const found = fitted(made([node('Neg', ['image'], ['y'])], [half('image')], [half('y')]), original);
    expect(keys(found)).toEqual([
      ['student-cast', 'image'],
      ['student-renamed', 'y', 'logits'],
      ['student-cast', 'logits'],
    ]);
    expect(checkModel(found.model)).toEqual([]);
    const { logits } = await run(found.model, { image: rows });
    expect([logits.dtype, ...(logits.data as Float32Array)]).toEqual(['float32', -1, 2, -3, -4]);
    const tokens = (type: number) =>
      made([node('Cast', ['t'], ['y'], { to: FLOAT })], [valueInfo('t', type, ['n'])], [f32('y', ['n'])]);
    expect(fitted(tokens(INT32), tokens(INT64)).fittings).toEqual([{ key: 'student-cast', values: { name: 't' } }]);
  });

  test('where it hands on what comes in, or gives one value twice', async () => {
    const passing = made([node('Neg', ['x'], ['y'])], [f32('x')], [f32('x'), f32('y'), f32('y')]);
    const three = made(
      ['a', 'b', 'c'].map((n) => node('Exp', ['in'], [n])),
      [f32('in')],
      ['a', 'b', 'c'].map((n) => f32(n)),
    );
    const { model } = fitted(passing, three);
    const out = await run(model, { in: rows });
    expect(['a', 'b', 'c'].map((n) => out[n].data[0])).toEqual([1, -1, -1]);
  });
});

test.each<[string, Model, RegExp]>([
  ['a batch of its own', made([node('Exp', ['x'], ['y'])], [f32('x', [1, 2])], [f32('y')]), /\[1, 2\].*\[n, 2\]/],
  ['another rank', made([node('Exp', ['x'], ['y'])], [f32('x', ['n', 1, 2])], [f32('y')]), /\[n, 1, 2\].*\[n, 2\]/],
  [
    'other classes',
    made([node('Exp', ['x'], ['y'])], [f32('x')], [f32('y', ['n', 5])]),
    /gives "y".*\[n, 5\].*\[n, 2\]/,
  ],
  ['another kind of number', made([node('Exp', ['x'], ['y'])], [valueInfo('x', INT64, ['n', 2])], [f32('y')]), /int64/],
  [
    'more inputs',
    made([node('Add', ['a', 'b'], ['y'])], [f32('a'), f32('b')], [f32('y')]),
    /takes a, b .* takes image/,
  ],
  ['nothing to take', made([node('Exp', ['x'], ['y'])], [], [f32('y')]), /takes nothing/],
  [
    'nothing to give',
    made([node('Exp', ['x'], ['y'])], [f32('x')], []),
    /gives nothing where the original gives logits/,
  ],
])('a student with %s does not fit, and both are named', (_, student, message) => {
  expect(() => fitted(student, original)).toThrow(message);
  try {
    fitted(student, original);
  } catch (error) {
    expect(error).toMatchObject({ code: 'recipe/not-applicable', hint: expect.stringMatching(/./) });
  }
});
