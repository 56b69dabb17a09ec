import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { payloadOf } from '../../onnx/payload.ts';
import { copyWith, DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { opsOf, simplified } from './testing.ts';

/** A model from `x` to `y` (or other outputs), its constants random. */
class Net {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  private readonly random = new Random(3);

  floats(dims: number[], make: () => number = () => this.random.normal()): string {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, make);
    this.tensors.push(makeTensor(`t${this.tensors.length}`, DataType.FLOAT, dims, data));
    return this.tensors.at(-1)!.name;
  }

  ints(values: number[], dims = [values.length]): string {
    this.tensors.push(makeTensor(`t${this.tensors.length}`, DataType.INT64, dims, BigInt64Array.from(values, BigInt)));
    return this.tensors.at(-1)!.name;
  }

  norm(x: string, c: number, y: string): this {
    const positive = () => 0.5 + this.random.next();
    return this.add(
      'BatchNormalization',
      [x, this.floats([c]), this.floats([c]), this.floats([c]), this.floats([c], positive)],
      y,
    );
  }

  add(op: string, inputs: string[], output: string | string[], attributes: Record<string, AttributeValue> = {}): this {
    this.nodes.push(node(op, inputs, [output].flat(), attributes));
    return this;
  }

  model(input: (number | string)[], outputs = ['y'], opset = 17): Model {
    const out = outputs.map((name) => valueInfo(name, DataType.FLOAT, null));
    const proto = modelProto(graph('g', this.nodes, [valueInfo('x', DataType.FLOAT, input)], out, this.tensors), opset);
    return { name: 'net.onnx', proto, bytes: 0, external: [] };
  }
}

/** Simplifies, checks that the result is valid and computes the same, and gives its operators. */
async function becomes(model: Model, options: Parameters<typeof simplified>[1] = {}) {
  const result = await simplified(model, options);
  expect(checkModel(result.model)).toEqual([]);
  const feeds = feedsFor(result.model)!;
  const [before, after] = [await run(await unparse(model), feeds), await run(await unparse(result.model), feeds)];
  expect(before).toBeDefined();
  expect(after).toBeDefined();
  for (const [name, { dims, data }] of Object.entries(before!)) {
    expect(after![name].dims).toEqual(dims);
    const [a, b] = [Array.from(data as Float32Array, Number), Array.from(after![name].data as Float32Array, Number)];
    const top = Math.max(1e-30, ...a.map(Math.abs));
    a.forEach((v, i) => {
      // float32 weights are rounded once more when they are scaled.
      expect(Math.abs(v - b[i]) / top).toBeLessThan(1e-5);
    });
  }
  return { ops: opsOf(result.model), ...result };
}

test('batch-norm: into Conv, grouped ConvTranspose and Gemm, with and without a bias', async () => {
  const conv = new Net();
  conv.add('Conv', ['x', conv.floats([4, 3, 3, 3])], 'a').norm('a', 4, 'y');
  expect(await becomes(conv.model(['n', 3, 6, 6]))).toMatchObject({ ops: ['Conv'], counts: { 'batch-norm': 1 } });

  const up = new Net();
  up.add('ConvTranspose', ['x', up.floats([6, 2, 3, 3]), up.floats([6])], 'a', { group: 3, strides: [2, 2] }).norm(
    'a',
    6,
    'y',
  );
  expect((await becomes(up.model(['n', 6, 5, 5]))).ops).toEqual(['ConvTranspose']);

  for (const transB of [0, 1]) {
    const gemm = new Net();
    const w = gemm.floats(transB ? [5, 7] : [7, 5]);
    gemm
      .add('Gemm', ['x', w, gemm.floats([5])], 'a', { transB, alpha: { float: 0.5 }, beta: { float: 2 } })
      .norm('a', 5, 'y');
    expect((await becomes(gemm.model(['n', 7]))).ops).toEqual(['Gemm']);
  }
});

test('batch-norm: not where the layer goes elsewhere too, its weight is shared, is an output, or is not constant', async () => {
  const twice = new Net();
  twice
    .add('Conv', ['x', twice.floats([4, 3, 1, 1])], 'a')
    .norm('a', 4, 'b')
    .add('Add', ['a', 'b'], 'y');
  expect((await becomes(twice.model(['n', 3, 4, 4]))).ops).toHaveLength(3);

  const output = new Net();
  output.add('Conv', ['x', output.floats([4, 3, 1, 1])], 'a').norm('a', 4, 'y');
  expect((await becomes(output.model(['n', 3, 4, 4], ['y', 'a']))).ops).toHaveLength(2);

  const shared = new Net();
  const w = shared.floats([3, 3, 1, 1]);
  shared.add('Conv', ['x', w], 'a').norm('a', 3, 'b').add('Conv', ['b', w], 'y');
  expect((await becomes(shared.model(['n', 3, 4, 4]))).ops).toHaveLength(3);
});

test('scale-bias: Mul, Add, Sub and Div of a value for each channel, in either order', async () => {
  const net = new Net();
  net.add('Conv', ['x', net.floats([4, 3, 3, 3])], 'a');
  net.add('Mul', [net.floats([4, 1, 1]), 'a'], 'b').add('Sub', [net.floats([1]), 'b'], 'c');
  net.add('Div', ['c', net.floats([1, 4, 1, 1], () => 2.5)], 'd').add('Add', ['d', net.floats([1, 1, 1])], 'y');
  expect(await becomes(net.model(['n', 3, 6, 6]))).toMatchObject({ ops: ['Conv'], counts: { 'scale-bias': 4 } });
});

test('scale-bias: not a value for each column, nor one that makes the output larger, nor a division by zero', async () => {
  const columns = new Net();
  columns.add('Conv', ['x', columns.floats([4, 3, 1, 1])], 'a').add('Mul', ['a', columns.floats([4])], 'y');
  expect((await becomes(columns.model(['n', 3, 4, 4]))).ops).toHaveLength(2);
  const wider = new Net();
  wider.add('Conv', ['x', wider.floats([1, 3, 1, 1])], 'a').add('Mul', ['a', wider.floats([5, 1, 1])], 'y');
  expect((await becomes(wider.model(['n', 3, 4, 4]))).ops).toHaveLength(2);
  const rank = new Net();
  rank.add('Gemm', ['x', rank.floats([3, 4])], 'a').add('Add', ['a', rank.floats([1, 1, 4])], 'y');
  expect((await becomes(rank.model(['n', 3]))).ops).toHaveLength(2);
});

test('pad: zeros into Conv and into an AveragePool that then counts them', async () => {
  const conv = new Net();
  conv.add('Pad', ['x', conv.ints([0, 0, 1, 2, 0, 0, 3, 0])], 'a');
  conv.add('Conv', ['a', conv.floats([2, 3, 3, 3])], 'y', { pads: [1, 0, 0, 1] });
  expect(await becomes(conv.model(['n', 3, 6, 6]))).toMatchObject({ ops: ['Conv'], counts: { pad: 1 } });

  const pool = new Net();
  pool
    .add('Pad', ['x', pool.ints([0, 0, 1, 1, 0, 0, 1, 1])], 'a')
    .add('AveragePool', ['a'], 'y', { kernel_shape: [3, 3] });
  expect((await becomes(pool.model([1, 3, 6, 6]))).ops).toEqual(['AveragePool']);

  const channels = new Net();
  channels
    .add('Pad', ['x', channels.ints([0, 1, 0, 0, 0, 0, 0, 0])], 'a')
    .add('Conv', ['a', channels.floats([2, 4, 3, 3])], 'y');
  expect((await becomes(channels.model([1, 3, 6, 6]))).ops).toHaveLength(2);
});

test('transpose, reshape, cast and slice: those in a row are one or none', async () => {
  const net = new Net();
  net.add('Transpose', ['x'], 'a', { perm: [0, 2, 3, 1] }).add('Transpose', ['a'], 'b', { perm: [0, 3, 1, 2] });
  net.add('Flatten', ['b'], 'c').add('Reshape', ['c', net.ints([-1, 3, 4, 4])], 'd');
  net.add('Cast', ['d'], 'e', { to: DataType.DOUBLE }).add('Cast', ['e'], 'f', { to: DataType.FLOAT });
  net.add('Slice', ['f', net.ints([1]), net.ints([3]), net.ints([2])], 'g');
  net.add('Slice', ['g', net.ints([-1]), net.ints([-99]), net.ints([-1]), net.ints([-2])], 'h');
  net.add('Transpose', ['h'], 'i', { perm: [0, 2, 1, 3] }).add('Transpose', ['i'], 'y', { perm: [3, 2, 1, 0] });
  expect((await becomes(net.model([2, 3, 4, 4]))).ops).toEqual(['Slice', 'Transpose']);
});

test('cast: a Cast that loses something stays', async () => {
  const net = new Net();
  net.add('Cast', ['x'], 'a', { to: DataType.INT32 }).add('Cast', ['a'], 'y', { to: DataType.FLOAT });
  expect((await becomes(net.model([2, 3]))).ops).toHaveLength(2);
});

test('identity, dropout and no-op: what does nothing goes, also in front of an output', async () => {
  const net = new Net();
  net.add('Identity', ['x'], 'a').add('Dropout', ['a'], 'b').add('Relu', ['b'], 'c');
  net.add('Pad', ['c', net.ints([0, 0, 0, 0])], 'd').add('Mul', ['d', net.floats([1], () => 1)], 'e');
  net
    .add('Concat', ['e'], 'f', { axis: 0 })
    .add('Cast', ['f'], 'g', { to: DataType.FLOAT })
    .add('Identity', ['g'], 'y');
  expect((await becomes(net.model(['n', 3]))).ops).toEqual(['Relu']);

  const direct = new Net();
  direct.add('Identity', ['x'], 'y');
  expect((await becomes(direct.model([2, 3]))).ops).toEqual(['Identity']);

  const both = new Net();
  both.add('Relu', ['x'], 'z').add('Identity', ['z'], 'y');
  expect((await becomes(both.model([2, 3], ['y', 'z']))).ops).toEqual(['Relu', 'Identity']);
});

test('constant-folding: constants are computed, but none that takes much more than what it is computed from', async () => {
  const net = new Net();
  net
    .add('Mul', [net.floats([4]), net.floats([4])], 'a')
    .add('Exp', ['a'], 'b')
    .add('Add', ['x', 'b'], 'y');
  expect((await becomes(net.model([2, 4]))).ops).toEqual(['Add']);

  const large = new Net();
  large.add('ConstantOfShape', [large.ints([200, 200])], 'a').add('Add', ['x', 'a'], 'y');
  expect((await becomes(large.model([1, 200]))).ops).toEqual(['ConstantOfShape', 'Add']);
  const allowed = await becomes(large.model([1, 200]), { maxGenerated: 200_000 });
  expect(allowed.ops).toEqual(['Add']);

  // What is too large to be kept stays, but not what is computed from it.
  const between = new Net();
  between
    .add('ConstantOfShape', [between.ints([200, 200])], 'a')
    .add('ReduceSum', ['a'], 'b')
    .add('Add', ['x', 'b'], 'y');
  expect((await becomes(between.model([1, 200]))).ops).toEqual(['Add']);
});

test('constant-folding: weights are not unpacked, and large ones are computed when they are read', async () => {
  const packed = new Net();
  packed.tensors.push(makeTensor('q', DataType.INT8, [40, 40], new Int8Array(1600).fill(3)));
  packed.add('DequantizeLinear', ['q', packed.floats([], () => 0.1)], 'w').add('MatMul', ['x', 'w'], 'y');
  expect((await becomes(packed.model([2, 40]))).ops).toEqual(['DequantizeLinear', 'MatMul']);

  const large = new Net();
  large.add('Transpose', [large.floats([300, 400])], 'w').add('MatMul', ['x', 'w'], 'y');
  const { ops, model } = await becomes(large.model([2, 400]));
  expect(ops).toEqual(['MatMul']);
  expect(payloadOf(model.proto.graph!.initializer.find((t) => t.name === 'w')!)?.direct).toBe(false);
});

test('shape-arithmetic: a Reshape whose shape is known but for the batch needs nothing that computes it', async () => {
  const net = new Net();
  net
    .add('Shape', ['x'], 's')
    .add('Gather', ['s', net.ints([0], [])], 'n')
    .add('Unsqueeze', ['n', net.ints([0])], 'u');
  net.add('Concat', ['u', net.ints([4, 3])], 't', { axis: 0 }).add('Reshape', ['x', 't'], 'y');
  expect((await becomes(net.model(['n', 3, 4]))).ops).toEqual(['Reshape']);
});

test('common-subexpressions and duplicate-initializers', async () => {
  const net = new Net();
  const same = () => net.floats([3, 1, 1], () => 1.5);
  net.add('Mul', ['x', same()], 'a').add('Mul', ['x', same()], 'b').add('Relu', ['a'], 'c').add('Relu', ['b'], 'd');
  net.add('Add', ['c', 'd'], 'y');
  const { ops, model } = await becomes(net.model([2, 3, 4, 4]));
  expect(ops).toEqual(['Mul', 'Relu', 'Add']);
  expect(model.proto.graph!.initializer).toHaveLength(1);
});

test('zero-state: zeros as the initial state of an LSTM are none', async () => {
  const net = new Net();
  net
    .add('Shape', ['x'], 's')
    .add('Gather', ['s', net.ints([1])], 'n')
    .add('Concat', [net.ints([1]), 'n', net.ints([4])], 'd', { axis: 0 });
  net.add('ConstantOfShape', ['d'], 'z');
  net.add('LSTM', ['x', net.floats([1, 16, 3]), net.floats([1, 16, 4]), '', '', 'z', 'z'], 'y', { hidden_size: 4 });
  expect((await becomes(net.model([5, 'n', 3]))).ops).toEqual(['LSTM']);
});

test('unused: initializers, value infos, functions and opset imports that nothing takes', async () => {
  const net = new Net();
  net.floats([3]);
  net.add('Relu', ['x'], 'y').add('Neg', ['x'], 'nobody');
  const model = net.model([2, 3]);
  const opsetImport = [
    ...model.proto.opsetImport,
    ...modelProto(graph('', [], [], []), 1, { 'com.microsoft': 1 }).opsetImport.slice(1),
  ];
  const g = copyWith(model.proto.graph!, { valueInfo: [valueInfo('nobody', DataType.FLOAT, [2, 3])] });
  const { model: after } = await becomes({ ...model, proto: copyWith(model.proto, { graph: g, opsetImport }) });
  expect(after.proto.graph).toMatchObject({ initializer: [], valueInfo: [] });
  expect(after.proto.opsetImport).toHaveLength(1);
});

test('subgraphs see outer names, and their own stay theirs', async () => {
  const net = new Net();
  const [k, one] = [net.floats([3]), net.floats([1], () => 1)];
  net
    .add('Identity', ['x'], 'a')
    .add('ReduceSum', ['a'], 's', { keepdims: 0 })
    .add('Greater', ['s', net.floats([], () => 0)], 'c');
  // Both branches have a value v; the outer Identity is only taken inside.
  const out = [valueInfo('o', DataType.FLOAT, null)];
  const yes = graph(
    'yes',
    [node('Mul', ['a', one], ['t']), node('Add', ['t', k], ['v']), node('Identity', ['v'], ['o'])],
    [],
    out,
  );
  const no = graph(
    'no',
    [node('Exp', [k], ['u']), node('Dropout', ['u'], ['v']), node('Add', ['a', 'v'], ['o'])],
    [],
    out,
  );
  net.add('If', ['c'], 'y', { then_branch: { graph: yes }, else_branch: { graph: no } });
  const { model, ops } = await becomes(net.model([2, 3]));
  expect(ops).toEqual(['ReduceSum', 'Greater', 'If']);
  const branches = model.proto.graph!.node[2].attribute.map((a) => a.g!.node.map((n) => n.opType));
  expect(branches).toEqual([['Add'], ['Add']]);
});

test('rules can be switched off, and what each did is noted', async () => {
  const net = new Net();
  net
    .add('Conv', ['x', net.floats([4, 3, 3, 3])], 'a')
    .norm('a', 4, 'b')
    .add('Identity', ['b'], 'y');
  const model = net.model(['n', 3, 6, 6]);
  const off = await becomes(model, { rules: { 'batch-norm': false } });
  expect(off).toMatchObject({ ops: ['Conv', 'BatchNormalization'], counts: { identity: 1 } });
  expect(off.notes).toContainEqual({ step: 0, key: 'simplified', values: { rule: 'identity', count: 1 } });
});

test('inputShapes: dims become fixed in inputs and outputs, and what follows from them is folded', async () => {
  const net = new Net();
  net
    .add('Shape', ['x'], 's')
    .add('Cast', ['s'], 'f', { to: DataType.FLOAT })
    .add('ReduceSum', ['f'], 'k', { keepdims: 0 });
  net.add('Mul', ['x', 'k'], 'y');
  const { model, ops } = await becomes(net.model(['batch', 3]), { inputShapes: { x: [5, null] } });
  expect(ops).toEqual(['Mul']);
  const dims = (v: { type?: unknown }) => JSON.stringify(v.type, (_, x) => (typeof x === 'bigint' ? Number(x) : x));
  expect(dims(model.proto.graph!.input[0])).toContain('"value":5');
  expect(dims(model.proto.graph!.output[0])).toContain('"value":5');
  await expect(simplified(net.model(['batch', 3]), { inputShapes: { x: [5, 4] } })).rejects.toMatchObject({
    code: 'recipe/not-applicable',
  });
  await expect(simplified(net.model(['batch', 3]), { inputShapes: { z: [5] } })).rejects.toMatchObject({
    code: 'recipe/not-applicable',
  });
});

test('a value that is defined twice is an error', async () => {
  const net = new Net();
  net.add('Relu', ['x'], 'y').add('Neg', ['x'], 'y');
  await expect(simplified(net.model([2]))).rejects.toMatchObject({ code: 'model/corrupt' });
});
