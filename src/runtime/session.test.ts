import { create } from '@bufbuild/protobuf';
import * as native from 'onnxruntime-node';
import { beforeEach, describe, expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { type AttributeValue, encodeModel, graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { floatsToHalves, halvesToFloats } from '../onnx/float.ts';
import { DataLocation, DataType, type NodeProto, StringStringEntryProtoSchema } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import { runtimeClock } from './clock.ts';
import { openSession } from './session.ts';
import type { RuntimeDType, Value } from './types.ts';

const { FLOAT, FLOAT16, BFLOAT16, INT64, BOOL, INT8, STRING } = DataType;

/** A model of one node between one input and one output. */
function single(
  op: string,
  from: number,
  to: number,
  dims: (number | string)[] | null,
  attributes: Record<string, AttributeValue> = {},
  opset = 21,
) {
  const nodes = [node(op, ['x'], ['y'], attributes, { name: `the ${op}` })];
  return encodeModel(modelProto(graph('g', nodes, [valueInfo('x', from, dims)], [valueInfo('y', to, null)]), opset));
}

const floats = (dims: number[], seed = 1): Value<'float32'> => {
  const random = new Random(seed);
  const n = dims.reduce((a, b) => a * b, 1);
  return { dtype: 'float32', dims, data: Float32Array.from({ length: n }, () => random.normal()) };
};

beforeEach(() => {
  runtimeClock.ms = 0;
  runtimeClock.runs = 0;
});

describe('results', () => {
  test('a small network gives what onnxruntime gives natively', async () => {
    const w = floats([8, 3, 3, 3], 2);
    const nodes: NodeProto[] = [
      node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }),
      node('Relu', ['c'], ['r']),
      node('GlobalAveragePool', ['r'], ['p']),
      node('Flatten', ['p'], ['y']),
    ];
    const g = graph(
      'g',
      nodes,
      [valueInfo('x', FLOAT, ['n', 3, 16, 16])],
      [valueInfo('y', FLOAT, ['n', 8])],
      [makeTensor('w', FLOAT, [8, 3, 3, 3], w.data as Float32Array<ArrayBuffer>)],
    );
    const bytes = encodeModel(modelProto(g));
    const session = await openSession(bytes);
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', dims: [null, 3, 16, 16] }]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', dims: [null, 8] }]);
    const reference = await native.InferenceSession.create(bytes);
    for (const n of [1, 5, 0]) {
      const x = floats([n, 3, 16, 16], n);
      const { y } = await session.run({ x });
      const expected = (await reference.run({ x: new native.Tensor('float32', x.data, x.dims) })).y;
      expect(y.dims).toEqual(expected.dims);
      // Two builds sum 27 products and 256 means in different orders: float32 rounding of numbers near 1.
      (y.data as Float32Array).forEach((v, i) => {
        expect(Math.abs(v - (expected.data as Float32Array)[i])).toBeLessThan(1e-5);
      });
    }
    await session.release();
    await session.release();
    await expect(session.run({ x: floats([1, 3, 16, 16]) })).rejects.toThrow(/released/);
  });

  test('every dtype goes in and comes out as it was', async () => {
    const cases: [RuntimeDType, number, Value['data']][] = [
      ['float32', FLOAT, Float32Array.of(1.5, -0, Number.NaN)],
      ['float64', DataType.DOUBLE, Float64Array.of(1e300, -1, 0)],
      ['float16', FLOAT16, floatsToHalves(Float32Array.of(1.5, -2, 65504))],
      ['int8', INT8, Int8Array.of(-128, 0, 127)],
      ['uint8', DataType.UINT8, Uint8Array.of(0, 1, 255)],
      ['int16', DataType.INT16, Int16Array.of(-32768, 0, 1)],
      ['uint16', DataType.UINT16, Uint16Array.of(0, 1, 65535)],
      ['int32', DataType.INT32, Int32Array.of(-1, 0, 2 ** 31 - 1)],
      ['uint32', DataType.UINT32, Uint32Array.of(0, 1, 2 ** 32 - 1)],
      ['int64', INT64, BigInt64Array.of(-(2n ** 63n), 0n, 1n)],
      ['uint64', DataType.UINT64, BigUint64Array.of(0n, 1n, 2n ** 64n - 1n)],
      ['bool', BOOL, Uint8Array.of(0, 1, 1)],
    ];
    for (const [dtype, dataType, data] of cases) {
      const session = await openSession(single('Identity', dataType, dataType, [3]));
      const { y } = await session.run({ x: { dtype, dims: [3], data } });
      expect(y).toEqual({ dtype, dims: [3], data });
      await session.release();
    }
  });

  test('float16 is computed with, as bits', async () => {
    const session = await openSession(single('Cast', FLOAT, FLOAT16, ['n'], { to: FLOAT16 }));
    const { y } = await session.run({ x: floats([100]) });
    expect(y.data).toBeInstanceOf(Uint16Array);
    expect(y.data).toEqual(floatsToHalves(floats([100]).data as Float32Array));
    expect(halvesToFloats(y.data as Uint16Array).length).toBe(100);
  });

  test('only the outputs that were asked for, and scalars', async () => {
    const nodes = [node('Abs', ['x'], ['a']), node('Neg', ['x'], ['b'])];
    const io = [valueInfo('a', FLOAT, []), valueInfo('b', FLOAT, [])];
    const session = await openSession(encodeModel(modelProto(graph('g', nodes, [valueInfo('x', FLOAT, [])], io))));
    const x: Value = { dtype: 'float32', dims: [], data: Float32Array.of(-3) };
    expect(await session.run({ x }, ['b'])).toEqual({ b: { dtype: 'float32', dims: [], data: Float32Array.of(3) } });
  });

  test('external data', async () => {
    const w = makeTensor('w', FLOAT, [2], Float32Array.of(10, 20));
    const data = w.rawData as Uint8Array<ArrayBuffer>;
    w.rawData = new Uint8Array(0);
    w.dataLocation = DataLocation.EXTERNAL;
    w.externalData = Object.entries({ location: 'w.bin', offset: '0', length: '8' }).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value }),
    );
    const g = graph(
      'g',
      [node('Add', ['x', 'w'], ['y'])],
      [valueInfo('x', FLOAT, [2])],
      [valueInfo('y', FLOAT, [2])],
      [w],
    );
    const session = await openSession(encodeModel(modelProto(g)), { external: [{ path: 'w.bin', data }] });
    const { y } = await session.run({ x: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) } });
    expect(y.data).toEqual(Float32Array.of(11, 22));
  });

  test('runs that are started together take turns, and the clock counts them', async () => {
    const a = await openSession(single('Abs', FLOAT, FLOAT, ['n']));
    const b = await openSession(single('Neg', FLOAT, FLOAT, ['n']));
    const runs = Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).run({ x: floats([i + 1], i) }));
    const sizes = (await Promise.all(runs)).map((r) => r.y.data.length);
    expect(sizes).toEqual(sizes.map((_, i) => i + 1));
    expect(runtimeClock.runs).toBe(20);
    expect(runtimeClock.ms).toBeGreaterThan(0);
  });

  test('a quantized model runs as floats when asked to', async () => {
    const scalar = (name: string, v: number) => makeTensor(name, FLOAT, [], Float32Array.of(v));
    const nodes = [
      node('QuantizeLinear', ['x', 's', 'z'], ['q']),
      node('DequantizeLinear', ['q', 's', 'z'], ['d']),
      node('Relu', ['d'], ['r']),
      node('QuantizeLinear', ['r', 's', 'z'], ['q2']),
      node('DequantizeLinear', ['q2', 's', 'z'], ['y']),
    ];
    const inits = [scalar('s', 0.1), makeTensor('z', INT8, [], new Int8Array(1))];
    const g = graph('g', nodes, [valueInfo('x', FLOAT, [4])], [valueInfo('y', FLOAT, [4])], inits);
    const x: Value = { dtype: 'float32', dims: [4], data: Float32Array.of(-1, 0.26, 3, 100) };
    for (const foldQuantization of [false, true]) {
      const session = await openSession(encodeModel(modelProto(g)), { foldQuantization });
      const y = (await session.run({ x })).y.data as Float32Array;
      expect([...y].map((v) => Math.round(v * 10))).toEqual([0, 3, 30, 127]);
    }
  });
});

describe('failures say what and where', () => {
  test.each([
    ['garbage', Uint8Array.of(1, 2, 3), { code: 'runtime/failed', message: expect.stringMatching(/protobuf/) }],
    ['an unknown operator', single('Foo', FLOAT, FLOAT, [1]), { code: 'runtime/unsupported-op', where: 'Foo' }],
    ['a wrong dtype', single('Relu', BOOL, BOOL, [1]), { code: 'runtime/unsupported-op', where: 'the Relu' }],
    [
      'a dtype that cannot pass',
      single('Identity', BFLOAT16, BFLOAT16, [1]),
      { code: 'model/unsupported', message: expect.stringMatching(/bfloat16/) },
    ],
    ['an opset from the future', single('Relu', FLOAT, FLOAT, [1], {}, 99), { code: 'model/unsupported' }],
  ])('%s', async (_, bytes, expected) => {
    const error = await openSession(bytes).catch((e) => e);
    expect(error).toMatchObject(expected);
    expect(error.message).not.toMatch(/ERROR_CODE|\.(cc|h):\d/);
  });

  test('an operator without a kernel for the dtype names its node', async () => {
    const nodes = [
      node('Cast', ['x'], ['b'], { to: BFLOAT16 }),
      node('Sin', ['b'], ['s'], {}, { name: 'wave' }),
      node('Cast', ['s'], ['y'], { to: FLOAT }),
    ];
    const g = graph('g', nodes, [valueInfo('x', FLOAT, [2])], [valueInfo('y', FLOAT, [2])]);
    await expect(openSession(encodeModel(modelProto(g, 22)))).rejects.toMatchObject({
      code: 'runtime/unsupported-op',
      where: 'wave',
      message: expect.stringMatching(/Sin \(node "wave"\)/),
    });
  });

  test('data that does not fit', async () => {
    const session = await openSession(single('Relu', FLOAT, FLOAT, ['n', 3]));
    const shape = { code: 'data/shape-mismatch', where: 'x' };
    await expect(session.run({})).rejects.toMatchObject(shape);
    await expect(session.run({ x: floats([2, 4]) })).rejects.toMatchObject(shape);
    await expect(session.run({ x: floats([6]) })).rejects.toMatchObject(shape);
    await expect(session.run({ x: { ...floats([2, 3]), data: new Float32Array(5) } })).rejects.toMatchObject(shape);
    await expect(session.run({ x: { dtype: 'int8', dims: [1, 3], data: new Int8Array(3) } })).rejects.toMatchObject({
      ...shape,
      message: 'Input "x" takes float32 ?×3 and was given int8 1×3.',
    });
    // Nothing is lost: the session still runs.
    expect((await session.run({ x: floats([2, 3]) })).y.dims).toEqual([2, 3]);
  });

  test('more memory than there is', async () => {
    const nodes = [node('Expand', ['x', 's'], ['y'])];
    const g = graph(
      'g',
      nodes,
      [valueInfo('x', FLOAT, [1]), valueInfo('s', INT64, [1])],
      [valueInfo('y', FLOAT, ['n'])],
    );
    const session = await openSession(encodeModel(modelProto(g)));
    const s: Value = { dtype: 'int64', dims: [1], data: BigInt64Array.of(1_500_000_000n) };
    await expect(session.run({ x: floats([1]), s })).rejects.toMatchObject({ code: 'memory/exhausted' });
  });

  test('WebGPU outside a browser', async () => {
    await expect(openSession(single('Relu', FLOAT, FLOAT, [1]), { backend: 'webgpu' })).rejects.toMatchObject({
      code: 'runtime/unavailable',
    });
  });

  test('ports that Pare does not carry are named so', async () => {
    const session = await openSession(single('Identity', STRING, STRING, ['n']));
    expect(session.inputs[0].dtype).toBe('string');
  });
});
