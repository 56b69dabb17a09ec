import { describe, expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { type Model, mainGraph } from '../onnx/model.ts';
import { DataType, type NodeProto } from '../onnx/proto.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import type { Value } from '../runtime/types.ts';
import { buildGradients } from './gradients.ts';
import { logitsOf } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import type { TrainerOptions } from './prepare.ts';
import { open } from './testing/check.ts';
import { buildTrainer } from './trainer.ts';

const { FLOAT, INT64, FLOAT16 } = DataType;
const random = new Random(3);
const normal = (n: number) => Float32Array.from({ length: n }, () => random.normal());

/** Two layers, x [n, 6] → y [n, 4], with whatever comes behind them. */
function layers(more: NodeProto[] = [], output = 'y'): Model {
  const nodes = [node('Gemm', ['x', 'a', 'b'], ['h']), node('Tanh', ['h'], ['t']), node('MatMul', ['t', 'c'], ['y'])];
  const tensors = [
    makeTensor('a', FLOAT, [6, 5], normal(30)),
    makeTensor('b', FLOAT, [5], normal(5)),
    makeTensor('c', FLOAT, [5, 4], normal(20)),
  ];
  const g = graph(
    'g',
    [...nodes, ...more],
    [valueInfo('x', FLOAT, ['n', 6])],
    [valueInfo(output, FLOAT, null)],
    tensors,
  );
  return { name: 'layers.onnx', proto: modelProto(g, 17), bytes: 0, external: [] };
}

const x: Value = { dtype: 'float32', dims: [3, 6], data: normal(18) };
const goal: Value = { dtype: 'float32', dims: [3, 4], data: normal(12) };
const options: Omit<TrainerOptions, 'optimizer'> = {
  feeds: { x },
  train: ['a', 'b', 'c'],
  losses: [{ kind: 'mse', value: 'y', target: 'goal' }],
};
const ALL: Optimizer[] = [
  { kind: 'sgd', momentum: 0.9, weightDecay: 0.1 },
  { kind: 'adam', weightDecay: 0.1 },
  { kind: 'adamw', weightDecay: 0.1 },
];

test.each(ALL)('masked weights are zero from the first step to the last: $kind', async (optimizer) => {
  const masks = new Map([['a', Uint8Array.from({ length: 30 }, (_, i) => (i % 3 ? 1 : 0))]]);
  const trainer = await buildTrainer(layers(), { ...options, optimizer, masks, clipNorm: 1 }, open);
  for (let i = 0; i < 5; i++) await trainer.step({ x, goal }, 0.1);
  const a = (await trainer.parameters()).get('a')!;
  a.forEach((v, i) => {
    expect(v === 0, `element ${i}`).toBe(i % 3 === 0);
  });
  trainer.setParameters(new Map([['a', new Float32Array(30).fill(1)]]));
  expect([...(await trainer.parameters()).get('a')!].filter((v) => v === 0).length).toBe(10);
  await trainer.release();
});

test.each(ALL)('a restored state goes on as if it had never stopped: $kind', async (optimizer) => {
  const model = layers();
  const first = await buildTrainer(model, { ...options, optimizer }, open);
  for (let i = 0; i < 3; i++) await first.step({ x, goal }, 0.05);
  const state = structuredClone(await first.state());
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) losses.push((await first.step({ x, goal }, 0.05)).loss);
  await first.release();
  const second = await buildTrainer(model, { ...options, optimizer }, open);
  second.restore(state);
  expect(second.steps).toBe(3);
  for (const loss of losses) expect((await second.step({ x, goal }, 0.05)).loss).toBe(loss);
  await second.release();
});

test('the model carries what was learned, and everything else as it was', async () => {
  const model = layers();
  const trainer = await buildTrainer(model, { ...options, train: ['c'], optimizer: { kind: 'sgd' } }, open);
  const { outputs } = await trainer.step({ x, goal }, 0.1);
  expect(outputs).toEqual({});
  const result = await trainer.model();
  const learned = mainGraph(result).initializer;
  const before = mainGraph(model).initializer;
  expect(await readFloats(learned[2])).toEqual((await trainer.parameters()).get('c'));
  expect(await readFloats(learned[2])).not.toEqual(await readFloats(before[2]));
  expect(learned[0]).toBe(before[0]);
  expect(result.proto.opsetImport).toEqual(model.proto.opsetImport);
  await trainer.release();
});

test('weights in Constant nodes learn, and values asked for are given', async () => {
  const constant = node('Constant', [], ['k'], { value: { tensor: makeTensor('', FLOAT, [4], normal(4)) } });
  const model = layers([constant, node('Mul', ['y', 'k'], ['z'])], 'z');
  const losses: TrainerOptions['losses'] = [{ kind: 'mse', value: 'z', target: 'goal' }];
  const trainer = await buildTrainer(
    model,
    { ...options, losses, train: ['k'], outputs: ['y', 'z'], optimizer: { kind: 'sgd' } },
    open,
  );
  const first = await trainer.step({ x, goal }, 0.01);
  const second = await trainer.step({ x, goal }, 0.01);
  expect(second.loss).toBeLessThan(first.loss);
  expect(first.outputs.y.dims).toEqual([3, 4]);
  expect(second.outputs.z.data).not.toEqual(first.outputs.z.data);
  expect(mainGraph(await trainer.model()).node.map((n) => n.opType)).toContain('Constant');
  await trainer.release();
});

describe('refusals say what and where', () => {
  const through = (...nodes: NodeProto[]) => buildGradients(layers(nodes, 'z'), { ...options, losses: losses() }, open);
  const losses = (): TrainerOptions['losses'] => [{ kind: 'mse', value: 'z', target: 'goal' }];

  test('an operator without a gradient', async () => {
    const odd = node('CumSum', ['y', 'axis'], ['z'], {}, { name: 'the odd one' });
    const axis = node('Constant', [], ['axis'], { value_int: 1 });
    await expect(through(axis, odd)).rejects.toMatchObject({ code: 'recipe/not-applicable', where: 'the odd one' });
    const model = layers([axis, odd, node('Add', ['z', 'y'], ['sum'])], 'sum');
    const terms: TrainerOptions['losses'] = [{ kind: 'mse', value: 'sum', target: 'goal' }];
    const g = await buildGradients(model, { ...options, losses: terms, constantWithoutRule: true }, open);
    expect((await g.run({ x, goal })).gradients.size).toBe(3);
    await g.release();
  });

  test('one that the loss does not depend on is no obstacle', async () => {
    const axis = node('Constant', [], ['axis'], { value_int: 1 });
    const g = await buildGradients(
      layers([axis, node('CumSum', ['y', 'axis'], ['z'])], 'z'),
      { ...options, losses: [{ kind: 'mse', value: 'y', target: 'goal' }] },
      open,
    );
    expect((await g.run({ x, goal })).gradients.size).toBe(3);
    await g.release();
  });

  test('a subgraph that takes what learns', async () => {
    const branch = (name: string) =>
      graph(name, [node('Identity', ['y'], [`${name}_out`])], [], [valueInfo(`${name}_out`, FLOAT, null)]);
    const choice = node(
      'If',
      ['yes'],
      ['z'],
      { then_branch: { graph: branch('a1') }, else_branch: { graph: branch('b1') } },
      { name: 'choice' },
    );
    const yes = node('Constant', [], ['yes'], {
      value: { tensor: makeTensor('', DataType.BOOL, [], Uint8Array.of(1)) },
    });
    await expect(through(yes, choice)).rejects.toMatchObject({ code: 'recipe/not-applicable', where: 'choice' });
  });

  test('tensors that cannot learn, values that are not there, inputs not fed', async () => {
    const sgd: Optimizer = { kind: 'sgd' };
    await expect(buildTrainer(layers(), { ...options, train: ['nothing'], optimizer: sgd }, open)).rejects.toThrow(
      /nothing/,
    );
    await expect(
      buildTrainer(
        layers(),
        { ...options, losses: [{ kind: 'mse', value: 'no', target: 'goal' }], optimizer: sgd },
        open,
      ),
    ).rejects.toMatchObject({ where: 'no' });
    await expect(buildTrainer(layers(), { ...options, feeds: {}, optimizer: sgd }, open)).rejects.toMatchObject({
      code: 'data/shape-mismatch',
      where: 'x',
    });
    const half = graph(
      'g',
      [node('Cast', ['w'], ['wide'], { to: FLOAT }), node('MatMul', ['x', 'wide'], ['y'])],
      [valueInfo('x', FLOAT, [3, 6])],
      [valueInfo('y', FLOAT, null)],
      [makeTensor('w', FLOAT16, [6, 4], new Uint16Array(24))],
    );
    const model: Model = { name: 'half.onnx', proto: modelProto(half, 17), bytes: 0, external: [] };
    await expect(buildTrainer(model, { ...options, train: ['w'], optimizer: sgd }, open)).rejects.toThrow(/float16/);
  });
});

test('the logits behind a softmax', () => {
  expect(logitsOf(layers([node('Softmax', ['y'], ['p']), node('Identity', ['p'], ['z'])], 'z'), 'z')).toEqual({
    name: 'y',
    axis: -1,
  });
  expect(logitsOf(layers(), 'y')).toEqual({ name: 'y', axis: -1 });
});

test('tokens go in as integers, and batches of one size differ in what is in them', async () => {
  const g = graph(
    'g',
    [node('Gather', ['table', 'x'], ['e']), node('ReduceMean', ['e'], ['y'], { axes: [1], keepdims: 0 })],
    [valueInfo('x', INT64, ['n', 'm'])],
    [valueInfo('y', FLOAT, null)],
    [makeTensor('table', FLOAT, [5, 4], normal(20))],
  );
  const model: Model = { name: 'tokens.onnx', proto: modelProto(g, 17), bytes: 0, external: [] };
  const tokens = (...v: number[]): Value => ({ dtype: 'int64', dims: [3, 1], data: BigInt64Array.from(v, BigInt) });
  const trained = await buildGradients(model, { ...options, feeds: { x: tokens(0, 0, 0) }, train: ['table'] }, open);
  const { gradients } = await trained.run({ x: tokens(1, 3, 3), goal });
  const rows = [0, 1, 2, 3, 4].map((k) =>
    gradients
      .get('table')!
      .slice(4 * k, 4 * k + 4)
      .some((v) => v !== 0),
  );
  expect(rows).toEqual([false, true, false, true, false]);
  await trained.release();
});
