import * as nodeRuntime from 'onnxruntime-node';
import * as webRuntime from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { groupCount } from '../kernels/grouping.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import { floatsToHalves, halvesToFloats } from '../onnx/float.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor, storedBytes } from '../onnx/tensor.ts';
import { modelBytes } from '../onnx/write.ts';
import { affineDraft, affineFloats } from './affine.ts';
import { codebookDraft, codebookFloats } from './codebook.ts';
import { halfDraft } from './half.ts';
import type { Target } from './integers.ts';
import { Names } from './names.ts';
import type { Affine, AffineValues, Bits, Codebook, Encoded } from './types.ts';

beforeAll(() => {
  webRuntime.env.wasm.numThreads = 1;
});

const BITS: readonly Bits[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** The model whose only output is the encoded weight, or the weight inside a branch of an If. */
function asModel(encoded: Encoded, opset: number, dataType: number, inside = false): Model {
  const out = valueInfo('out', dataType, null);
  const nodes = [...encoded.nodes, node('Identity', ['w'], ['out'])];
  const initializers = [...encoded.initializers];
  let g = graph('g', nodes, [], [out], initializers);
  if (inside) {
    const branch = graph('branch', nodes, [], [out], initializers);
    const other = graph('other', [node('Identity', ['none'], ['out2'])], [], [valueInfo('out2', dataType, null)]);
    other.initializer.push(makeTensor('none', dataType, [1], new Float32Array(1)));
    const yes = makeTensor('yes', DataType.BOOL, [], Uint8Array.of(1));
    const choose = node('If', ['yes'], ['chosen'], { then_branch: { graph: branch }, else_branch: { graph: other } });
    g = graph('g', [choose], [], [valueInfo('chosen', dataType, null)], [yes]);
  }
  const proto = modelProto(g, opset);
  // int2 came with IR version 13.
  if (opset >= 25) proto.irVersion = 13n;
  return { name: 'w.onnx', proto, bytes: 0, external: [] };
}

type Result = { dims: readonly number[]; data: ArrayLike<number> };

/** What both runtimes make of it, with the graph optimised and as written. */
async function compute(model: Model): Promise<Result[]> {
  const bytes = await modelBytes(model);
  const results: Result[] = [];
  for (const runtime of [nodeRuntime, webRuntime] as unknown as (typeof webRuntime)[]) {
    for (const graphOptimizationLevel of ['all', 'disabled'] as const) {
      const session = await runtime.InferenceSession.create(bytes, { graphOptimizationLevel, logSeverityLevel: 3 });
      const { dims, data } = Object.values(await session.run({}))[0];
      results.push({ dims: [...dims], data: (data as Float32Array).slice() });
      await session.release();
    }
  }
  return results;
}

const bitsOf = (x: ArrayLike<number>) => Array.from(new Uint32Array(Float32Array.from(x).buffer));

async function check(encoded: Encoded, opset: number, dims: readonly number[], expected: Float32Array, inside = false) {
  expect(encoded.opset).toBeLessThanOrEqual(opset);
  const own = encoded.initializers.filter((t) => !t.name.startsWith('pare_'));
  expect(own.reduce((n, t) => n + storedBytes(t), 0)).toBe(encoded.bytes);
  const tables = encoded.initializers.filter((t) => t.name.startsWith('pare_'));
  expect(tables.reduce((n, t) => n + storedBytes(t), 0)).toBeLessThan(64);
  for (const result of await compute(asModel(encoded, opset, DataType.FLOAT, inside))) {
    expect(result.dims).toEqual(dims);
    expect(bitsOf(result.data)).toEqual(bitsOf(expected));
  }
}

function randomValues(layout: Affine, random: Random): AffineValues {
  const levels = 2 ** layout.bits;
  const low = layout.signed ? -levels / 2 : 0;
  const ints = (n: number, f: () => number) =>
    (layout.signed ? Int8Array : Uint8Array).from(Array.from({ length: n }, f));
  const count = layout.dims.reduce((a, b) => a * b, 1);
  const groups = groupCount(layout);
  return {
    q: ints(count, () => low + random.int(levels)),
    scale: Float32Array.from({ length: groups }, () => 0.001 + random.next()),
    ...(layout.zeroPoint && { zeroPoint: ints(groups, () => low + random.int(levels)) }),
    ...(layout.offset && { offset: Float32Array.from({ length: groups }, () => random.normal()) }),
  };
}

const build = <V>(draft: { build(name: string, names: Names, values: () => Promise<V>): Encoded }, values: V) =>
  draft.build('w', new Names(modelProto(graph('g', [], [], []))), async () => values);

const SHAPES: readonly { granularity: Affine['granularity']; dims: number[]; axis: number; block: number }[] = [
  { granularity: 'tensor', dims: [3, 5, 2], axis: 0, block: 0 },
  { granularity: 'tensor', dims: [], axis: 0, block: 0 },
  { granularity: 'channel', dims: [3, 5, 7], axis: 1, block: 0 },
  { granularity: 'channel', dims: [4, 6], axis: 1, block: 0 },
  { granularity: 'channel', dims: [5, 16], axis: 0, block: 0 },
  { granularity: 'block', dims: [8, 3], axis: 0, block: 4 },
  { granularity: 'block', dims: [5, 3], axis: 0, block: 2 },
  { granularity: 'block', dims: [2, 37], axis: 1, block: 16 },
  { granularity: 'block', dims: [2, 9, 4], axis: 1, block: 3 },
];

const OPSETS: readonly (Target & { name: string })[] = [
  { name: 'opset 11', opset: 11, style: 'native', decode: 'run' },
  { name: 'opset 13', opset: 13, style: 'native', decode: 'run' },
  { name: 'opset 18', opset: 18, style: 'native', decode: 'run' },
  { name: 'opset 21', opset: 21, style: 'native', decode: 'run' },
  { name: 'opset 21 packed', opset: 21, style: 'packed', decode: 'run' },
  { name: 'opset 25', opset: 25, style: 'native', decode: 'run' },
  { name: 'opset 21, decoded at load', opset: 21, style: 'native', decode: 'load' },
  { name: 'opset 25, decoded at load', opset: 25, style: 'native', decode: 'load' },
];

const SCHEMES = [
  { name: 'symmetric', signed: true, zeroPoint: false, offset: false },
  { name: 'signed with zero points', signed: true, zeroPoint: true, offset: false },
  { name: 'asymmetric', signed: false, zeroPoint: true, offset: false },
  { name: 'with offsets', signed: false, zeroPoint: false, offset: true },
];

describe.each(OPSETS)('affine, $name', (target) => {
  test.each(BITS)('%i bits: what the runtimes compute is what we say, bit for bit', async (bits) => {
    const random = new Random(bits);
    for (const { name, ...scheme } of SCHEMES) {
      for (const shape of SHAPES) {
        const layout: Affine = { kind: 'affine', bits, ...shape, ...scheme };
        const values = randomValues(layout, random);
        const encoded = build(affineDraft(layout, target, { dims: shape.dims, dataType: DataType.FLOAT }), values);
        await check(encoded, target.opset, shape.dims, affineFloats(layout, values)).catch((error) => {
          throw new Error(`${name} ${JSON.stringify(shape)}: ${error.message}`, { cause: error });
        });
      }
    }
  });
});

test('a layout may look at the weight in other dims, and the weight may be in a subgraph', async () => {
  const dims = [4, 3, 3, 3];
  const layout: Affine = {
    kind: 'affine',
    ...{ dims: [4, 27], granularity: 'block', axis: 1, block: 16 },
    ...{ bits: 3, signed: true, zeroPoint: false, offset: false },
  };
  for (const opset of [11, 18, 21]) {
    const values = randomValues(layout, new Random(opset));
    const encoded = build(
      affineDraft(layout, { opset, style: 'native', decode: 'run' }, { dims, dataType: DataType.FLOAT }),
      values,
    );
    await check(encoded, opset, dims, affineFloats(layout, values), true);
  }
});

describe.each(OPSETS)('codebook, $name', (target) => {
  test.each(BITS)('%i bits', async (bits) => {
    const random = new Random(bits);
    for (const axis of [undefined, 0, 1, 2]) {
      const layout: Codebook = { kind: 'codebook', dims: [3, 2, 5], bits, axis };
      const levels = 2 ** bits;
      const tables = axis === undefined ? 1 : layout.dims[axis];
      const values = {
        index: Uint8Array.from({ length: 30 }, () => random.int(levels)),
        table: Float32Array.from({ length: tables * levels }, () => random.normal()),
      };
      const encoded = build(codebookDraft(layout, target, { dataType: DataType.FLOAT }), values);
      await check(encoded, target.opset, layout.dims, codebookFloats(layout, values));
    }
  });
});

test('float16', async () => {
  const values = Float32Array.of(1, -2, 1 / 3, 1e-7, 65504, 0);
  const encoded = build(halfDraft([2, 3], { dataType: DataType.FLOAT }), values);
  expect(encoded.bytes).toBe(12);
  await check(encoded, 11, [2, 3], halvesToFloats(floatsToHalves(values)));
});

test.each([DataType.FLOAT16, DataType.DOUBLE])('weights of dtype %i come back in their own', async (dataType) => {
  const layout: Affine = {
    ...{ kind: 'affine', dims: [5, 7], granularity: 'channel', axis: 0, block: 0 },
    ...{ bits: 5, signed: true, zeroPoint: false, offset: false },
  };
  const values = randomValues(layout, new Random(1));
  const codes: Codebook = { kind: 'codebook', dims: [5, 7], bits: 3 };
  const book = {
    index: Uint8Array.from(values.q, (q) => q & 7),
    table: Float32Array.from({ length: 8 }, (_, i) => i / 3),
  };
  const cases: [Encoded, Float32Array<ArrayBuffer>][] = [
    [
      build(affineDraft(layout, { opset: 17, style: 'native', decode: 'run' }, { dims: [5, 7], dataType }), values),
      affineFloats(layout, values),
    ],
    [
      build(codebookDraft(codes, { opset: 17, style: 'native', decode: 'run' }, { dataType }), book),
      codebookFloats(codes, book),
    ],
  ];
  for (const [encoded, floats] of cases) {
    for (const { data } of await compute(asModel(encoded, 17, dataType))) {
      if (dataType === DataType.DOUBLE && encoded.nodes.at(-1)?.opType === 'Cast') {
        expect(Array.from(data)).toEqual(Array.from(floats));
      } else if (dataType === DataType.FLOAT16) {
        // Some builds hand float16 out as numbers (Float16Array), others as bit patterns.
        const bits = data instanceof Uint16Array ? data : floatsToHalves(Float32Array.from(data));
        expect(Array.from(bits)).toEqual(Array.from(floatsToHalves(floats)));
      }
    }
  }
});

describe('true size', () => {
  const count = 64 * 96;
  const dims = [64, 96];
  test.each(BITS)('%i-bit weights take that many bits each, whatever the opset', (bits) => {
    for (const { opset, style, decode } of OPSETS) {
      const layout: Affine = {
        ...{ kind: 'affine', dims, granularity: 'channel', axis: 0, block: 0 },
        ...{ bits, signed: true, zeroPoint: false, offset: false },
      };
      const draft = affineDraft(layout, { opset, style, decode }, { dims, dataType: DataType.FLOAT });
      const scales = 64 * 4;
      // Packed integers carry a zero point per channel, a few bytes of shifts and one shape.
      const most = (count * bits) / 8 + scales + 64 + 100;
      expect(draft.bytes).toBeGreaterThanOrEqual((count * bits) / 8 + scales);
      expect(draft.bytes).toBeLessThanOrEqual(most);
    }
  });
});

test('names never clash with those of the model, and the values are computed once', async () => {
  const w = makeTensor('w_q', DataType.FLOAT, [1], new Float32Array(1));
  const names = new Names(modelProto(graph('g', [node('Relu', ['x'], ['w_scale'])], [], [], [w])));
  const layout: Affine = {
    ...{ kind: 'affine', dims: [8], granularity: 'tensor', axis: 0, block: 0 },
    ...{ bits: 8, signed: false, zeroPoint: true, offset: false },
  };
  let runs = 0;
  const draft = affineDraft(
    layout,
    { opset: 13, style: 'native', decode: 'run' },
    { dims: [8], dataType: DataType.FLOAT },
  );
  const encoded = draft.build('w', names, async () => {
    runs++;
    return { q: new Uint8Array(8), scale: Float32Array.of(1), zeroPoint: Uint8Array.of(3) };
  });
  expect(encoded.initializers.map((t) => t.name)).toEqual(['w_q_1', 'w_scale_1', 'w_zero_point']);
  await modelBytes(asModel(encoded, 13, DataType.FLOAT));
  expect(runs).toBe(1);
});
