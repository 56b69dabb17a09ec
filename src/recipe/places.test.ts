import { create } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { memorySink, memorySource } from '../base/source.ts';
import { loopKernels } from '../kernels/loops/kernels.ts';
import { sketchTensor } from '../kernels/sketchTensor.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { summarize } from '../onnx/info.ts';
import type { Model } from '../onnx/model.ts';
import {
  DataType,
  type FunctionProto,
  FunctionProtoSchema,
  type NodeProto,
  type SparseTensorProto,
  type TensorProto,
} from '../onnx/proto.ts';
import { readModel } from '../onnx/read.ts';
import { makeTensor, readFloats, readRaw, storedBytes } from '../onnx/tensor.ts';
import { modelOf, parse, run, unparse } from '../onnx/testing.ts';
import { listWeights } from '../onnx/weights.ts';
import { modelBytes } from '../onnx/write.ts';
import { openSession } from '../runtime/session.ts';
import { compress, sketchCache } from './compress.ts';
import { Pipeline } from './pipeline.ts';
import { parseRecipe } from './schema.ts';

const { FLOAT, INT64, INT8, BOOL } = DataType;
const N = 32;
const PRUNE = { method: 'prune-weights', scope: 'layer', sparsity: 0.5 };
const QUANTIZE = { method: 'quantize-weights', bits: 8 };

function square(name: string, seed: number): TensorProto {
  const random = new Random(seed);
  // Of about unit gain, so that a chain of them neither vanishes nor explodes.
  return makeTensor(
    name,
    FLOAT,
    [N, N],
    Float32Array.from({ length: N * N }, () => random.normal() / Math.sqrt(N)),
  );
}

/** A third of the numbers of a matrix, as a sparse initializer has them. */
function sparse(name: string): SparseTensorProto {
  const random = new Random(8);
  const at = Array.from({ length: N * N }, (_, i) => i).filter((i) => i % 3 === 0);
  const values = Float32Array.from(at, () => random.normal() / Math.sqrt(N / 3));
  return {
    $typeName: 'onnx.SparseTensorProto',
    dims: [BigInt(N), BigInt(N)],
    values: makeTensor(name, FLOAT, [at.length], values),
    indices: makeTensor('', INT64, [at.length], BigInt64Array.from(at, BigInt)),
  } as SparseTensorProto;
}

/** Weights wherever ONNX lets them be, one after the other. `functionOpset` may be older than the model's. */
function everywhere(functionOpset: number): Model {
  const mul = (x: string, w: string, y: string): NodeProto => node('MatMul', [x, w], [y], {}, { name: `to ${y}` });
  const branch = (name: string, seed: number) =>
    graph(name, [mul('e', 'w', name)], [], [valueInfo(name, FLOAT, null)], [square('w', seed)]);
  const body = graph(
    'body',
    [mul('state', 'wl', 'next'), node('Identity', ['go'], ['still'])],
    [valueInfo('i', INT64, []), valueInfo('go', BOOL, []), valueInfo('state', FLOAT, [2, N])],
    [valueInfo('still', BOOL, []), valueInfo('next', FLOAT, [2, N])],
    [square('wl', 5)],
  );
  const row = graph(
    'row',
    [mul('one', 'ws', 'other')],
    [valueInfo('one', FLOAT, [N])],
    [valueInfo('other', FLOAT, [N])],
    [square('ws', 7)],
  );
  const nodes = [
    mul('x', 'shared', 'a'),
    mul('a', 'shared', 'b'),
    mul('b', 'given', 'c'),
    node('Constant', [], ['wc'], { value: { tensor: square('', 3) } }),
    mul('c', 'wc', 'd'),
    mul('d', 'sp', 'e'),
    node('If', ['yes'], ['f'], { then_branch: { graph: branch('t', 4) }, else_branch: { graph: branch('u', 9) } }),
    node('Loop', ['twice', 'yes', 'f'], ['h'], { body: { graph: body } }),
    node('Scan', ['h'], ['s'], { body: { graph: row }, num_scan_inputs: 1 }),
    node('Block', ['s'], ['k'], {}, { domain: 'my' }),
    node('DequantizeLinear', ['wq', 'wq_scale'], ['wd']),
    mul('k', 'wd', 'y'),
  ];
  const int8 = Int8Array.from({ length: N * N }, (_, i) => ((i * 37) % 200) - 100);
  const g = graph(
    'g',
    nodes,
    [valueInfo('x', FLOAT, [2, N]), valueInfo('given', FLOAT, [N, N])],
    [valueInfo('y', FLOAT, [2, N])],
    [
      square('shared', 1),
      square('given', 2),
      makeTensor('yes', BOOL, [], Uint8Array.of(1)),
      makeTensor('twice', INT64, [], BigInt64Array.of(2n)),
      makeTensor('wq', INT8, [N, N], int8),
      makeTensor('wq_scale', FLOAT, [], Float32Array.of(0.003)),
    ],
  );
  g.sparseInitializer.push(sparse('sp'));
  const model = modelOf(modelProto(g, 17, { my: 1 }));
  model.proto.functions.push(
    create(FunctionProtoSchema, {
      domain: 'my',
      name: 'Block',
      input: ['p'],
      output: ['q'],
      node: [node('Constant', [], ['wf'], { value: { tensor: square('', 6) } }), mul('p', 'wf', 'q')],
      opsetImport: [{ domain: '', version: BigInt(functionOpset) }],
    }) as FunctionProto,
  );
  return model;
}

const feeds = {
  x: new ort.Tensor(
    'float32',
    Float32Array.from({ length: 2 * N }, (_, i) => Math.cos(i)),
    [2, N],
  ),
};

async function compressed(model: Model, steps: object[], outside = false) {
  const [sink, data] = [memorySink(), memorySink()];
  const to = { model: async () => sink, external: { name: 'w.data', open: async () => data } };
  const result = await compress(
    new Pipeline(model),
    parseRecipe({ pare: 1, steps }),
    to,
    {
      sketch: sketchCache((w) => sketchTensor(w.tensor, w.channelAxis)).get,
      kernels: loopKernels,
      openSession: async (m: Model) => openSession(await modelBytes(m)),
    },
    outside,
  );
  const back = await readModel(memorySource(sink.bytes(), 'm.onnx'), [memorySource(data.bytes(), 'w.data')]);
  return { ...result, back };
}

const FLOAT_PLACES = [
  'If_6/else_branch/w',
  'If_6/then_branch/w',
  'Loop_7/body/wl',
  'Scan_8/body/ws',
  'function my:Block/wf',
  'given',
  'shared',
  'wc',
];

async function outputs(model: Model): Promise<Float32Array> {
  const out = await run(await unparse(model), feeds);
  expect(out).toBeDefined();
  return out!.y.data as Float32Array;
}

const distance = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(a.reduce((s, v, i) => s + (v - b[i]) ** 2, 0) / b.reduce((s, v) => s + v * v, 0));

describe.each([13, 17])('weights in every place, a function of opset %d', (functionOpset) => {
  test.each([{}, { decode: 'run' }, { bits: 4, granularity: 'block' }])('quantized: %o', async (options) => {
    const model = await parse(await unparse(everywhere(functionOpset)));
    const { reports, back, bytes } = await compressed(model, [{ ...QUANTIZE, ...options }]);
    expect(reports.map((r) => r.id).sort()).toEqual(FLOAT_PLACES);
    // Eight of ten matrices shrink to a quarter or less; one is int8, one sparse.
    expect(bytes).toBeLessThan(0.55 * (await unparse(model)).length);
    // Ten products one after the other, each with the noise of its bits: 1/127 of the peak at 8 bits, 1/7 at 4, uncorrelated.
    expect(distance(await outputs(back), await outputs(model))).toBeLessThan('bits' in options ? 0.6 : 0.04);
    const once = back.proto.graph!.initializer.filter(
      (t) => t.name.startsWith('shared') && storedBytes(t) >= (N * N) / 2,
    );
    expect(once).toHaveLength(1);
  });

  test('pruned in place, one mask for all who share it', async () => {
    const model = await parse(await unparse(everywhere(functionOpset)));
    const { reports, back } = await compressed(model, [PRUNE]);
    expect(reports.map((r) => r.id).sort()).toEqual(FLOAT_PLACES);
    const after = new Map(listWeights(back.proto).map((w) => [w.id, w.tensor]));
    for (const id of FLOAT_PLACES) {
      const values = await readFloats(after.get(id)!);
      expect(values.filter((v) => v === 0).length, id).toBe((N * N) / 2);
    }
    expect(Number.isFinite((await outputs(back)).reduce((a, b) => a + b))).toBe(true);
  });

  test('what is compressed already is seen, and left alone', async () => {
    const model = await parse(await unparse(everywhere(functionOpset)));
    expect(summarize(model).quantized).toBe(true);
    expect(listWeights(model.proto).find((w) => w.id === 'wq')?.role).toBe('quantized');
    const { back } = await compressed(model, [PRUNE, QUANTIZE]);
    const [before, after] = [model, back].map((m) => new Map(listWeights(m.proto).map((w) => [w.id, w.tensor])));
    for (const id of ['wq', 'wq_scale', 'sp']) {
      expect(Buffer.compare(await readRaw(after.get(id)!), await readRaw(before.get(id)!)), id).toBe(0);
    }
    expect(back.proto.graph!.sparseInitializer).toHaveLength(1);
  });
});

describe('already small and odd', () => {
  const y = valueInfo('y', FLOAT, null);
  const x = valueInfo('x', FLOAT, [2, N]);

  test('no weights at all, and a single one of a single number', async () => {
    for (const tensors of [[], [makeTensor('w', FLOAT, [1], Float32Array.of(3))]]) {
      const n = tensors.length ? node('Mul', ['x', 'w'], ['y']) : node('Relu', ['x'], ['y']);
      const model = await parse(await unparse(modelOf(modelProto(graph('g', [n], [x], [y], tensors)))));
      const { back, reports } = await compressed(model, [PRUNE, QUANTIZE]);
      expect(reports).toEqual([]);
      expect(await outputs(back)).toEqual(await outputs(model));
    }
  });

  test('names of every kind, also long, twice and empty; strings and tensors without elements beside them', async () => {
    const names = ['a/b/c', 'say "w"', '🙂 \\ \n', `long${'é'.repeat(1 << 20)}`];
    const nodes = names.map((w, i) => node('MatMul', [i ? `v${i}` : 'x', w], [`v${i + 1}`], {}, { name: w }));
    nodes.push(node('Identity', [`v${names.length}`], ['y']));
    const tensors = names.map((w, i) => square(w, i + 1));
    tensors.push(makeTensor('none', FLOAT, [0, N], new Float32Array(0)));
    const words = makeTensor('words', FLOAT, [1], Float32Array.of(0));
    Object.assign(words, {
      dataType: DataType.STRING,
      rawData: new Uint8Array(0),
      stringData: [Uint8Array.of(255, 0)],
    });
    tensors.push(words);
    const model = await parse(await unparse(modelOf(modelProto(graph('g', nodes, [x], [y], tensors)))));
    const { back, reports } = await compressed(model, [PRUNE, QUANTIZE], true);
    expect([...new Set(reports.map((r) => r.id))].sort()).toEqual([...names].sort());
    expect(back.proto.graph!.initializer.find((t) => t.name === 'words')?.stringData).toEqual([Uint8Array.of(255, 0)]);
    expect(back.proto.graph!.initializer.find((t) => t.name === 'none')?.dims).toEqual([0n, BigInt(N)]);
    expect(Number.isFinite((await outputs(back)).reduce((a, b) => a + b))).toBe(true);
  });

  test('two initializers and two nodes of one name, and one without any', async () => {
    const tensors = [square('w', 1), square('w', 2), square('', 3)];
    const twice = ['y', 'z'].map((out) => node('MatMul', ['x', 'w'], [out], {}, { name: 'one' }));
    const model = await parse(await unparse(modelOf(modelProto(graph('g', twice, [x], [y], tensors)))));
    // Not valid ONNX, so that nothing runs it; it is read, changed and written all the same.
    const { back } = await compressed(model, [PRUNE]);
    expect(back.proto.graph!.initializer.map((t) => t.name)).toEqual(['w', 'w', '']);
    expect(back.proto.graph!.node.map((n) => n.name)).toEqual(['one', 'one']);
  });

  test('100,000 nodes with a weight each', async () => {
    const count = 100_000;
    const nodes = Array.from({ length: count }, (_, i) => node('Mul', [i ? `v${i}` : 'x', `w${i}`], [`v${i + 1}`]));
    nodes.push(node('MatMul', [`v${count}`, 'w'], ['y']));
    const tensors = Array.from({ length: count }, (_, i) => makeTensor(`w${i}`, FLOAT, [1], Float32Array.of(1)));
    tensors.push(square('w', 1));
    const bytes = await unparse(modelOf(modelProto(graph('g', nodes, [x], [y], tensors))));
    const { back, reports } = await compressed(await parse(bytes), [PRUNE, QUANTIZE]);
    expect(new Set(reports.map((r) => r.id))).toEqual(new Set(['w']));
    expect(back.proto.graph!.node.length).toBeGreaterThan(count);
    expect(back.proto.graph!.initializer.length).toBeGreaterThan(count);
  }, 60_000);
});
