import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import { modelBytes } from '../../onnx/write.ts';
import { nativeSession } from '../calibrate/testing.ts';
import { plansOf, testContext } from '../testing.ts';
import { factorize } from './apply.ts';
import { forecastFactorize, isForeseen } from './forecast.ts';
import { type FactorizeOptions, factorizeSchema } from './options.ts';
import { spectrumOf } from './spectrum.ts';
import { Svd } from './svd.ts';

const options = (o: object = {}): FactorizeOptions =>
  v.parse(factorizeSchema, { method: 'factorize', minElements: 0, ...o });

type Floats = Float32Array<ArrayBuffer>;
const size = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
function normal(n: number, seed: number): Floats {
  const r = new Random(seed);
  return Float32Array.from({ length: n }, () => r.normal());
}

function modelWith(nodes: NodeProto[], tensors: TensorProto[], dims: readonly number[], opset = 17): Model {
  const outputs = [valueInfo('y', DataType.FLOAT, null)];
  const proto = modelProto(graph('g', nodes, [valueInfo('x', DataType.FLOAT, dims)], outputs, tensors), opset);
  return { name: 'test.onnx', proto, bytes: 0, external: [] };
}

const tensor = (name: string, dims: number[], data = normal(size(dims), name.length + dims[0])) =>
  makeTensor(name, DataType.FLOAT, dims, data);

async function output(model: Model, dims: readonly number[]): Promise<Float32Array> {
  const session = await nativeSession(model);
  const found = await session.run({ x: { dtype: 'float32', dims, data: normal(size(dims), 99) } });
  await session.release();
  return found.y.data as Float32Array;
}

/** The largest difference over the largest number. */
function worst(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0;
  let most = 0;
  for (let i = 0; i < b.length; i++) {
    error = Math.max(error, Math.abs(a[i] - b[i]));
    most = Math.max(most, Math.abs(b[i]));
  }
  return a.length === b.length ? error / most : Number.POSITIVE_INFINITY;
}

/** A tensor whose matrix has a rank, so that factors of that rank are the tensor itself. */
function lowRank(
  cut: 'matrix' | 'channel' | 'spatial',
  dims: number[],
  groups: number,
  rank: number,
  seed: number,
): Floats {
  const out = new Float32Array(size(dims));
  const per = dims[0] / groups;
  const r = new Random(seed);
  for (let g = 0; g < groups; g++) {
    for (let k = 0; k < rank; k++) {
      const draw = new Map<string, number>();
      const once = (key: string) => {
        if (!draw.has(key)) draw.set(key, r.normal());
        return draw.get(key)!;
      };
      for (let o = 0; o < per; o++) {
        const inner = size(dims.slice(1));
        for (let i = 0; i < inner; i++) {
          const [kh, kw] = [dims[2] ?? 1, dims[3] ?? 1];
          const left = cut === 'spatial' ? `${Math.floor(i / kw / kh)} ${Math.floor(i / kw) % kh}` : `${o}`;
          const right = cut === 'spatial' ? `${o} ${i % kw}` : `${i}`;
          out[(g * per + o) * inner + i] += once(`l ${left}`) * once(`r ${right}`);
        }
      }
    }
  }
  return out;
}

const opOf = (model: Model) => mainGraph(model).node.map((n) => n.opType);

describe('networks with factors of full rank compute the same', () => {
  const geometry = fc.record({
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.tuple(...[0, 0, 0, 0].map(() => fc.integer({ min: 0, max: 3 }))),
    auto: fc.constantFrom('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
    groups: fc.constantFrom(1, 1, 2, 3),
    bias: fc.boolean(),
    shape: fc.boolean(),
    seed: fc.integer(),
  });

  test.each(['channel', 'spatial'] as const)('Conv cut by %s', async (scheme) => {
    await fc.assert(
      fc.asyncProperty(geometry, async (g) => {
        const dims = [8 * g.groups, 6, ...g.kernel];
        // ONNX Runtime has no SAME with dilations.
        const dilations = g.auto.startsWith('SAME') ? [1, 1] : [...g.dilations];
        const attributes: Record<string, AttributeValue> = { strides: [...g.strides], dilations, group: g.groups };
        if (g.shape) attributes.kernel_shape = [...g.kernel];
        if (g.auto === 'NOTSET') attributes.pads = [...g.pads];
        else attributes.auto_pad = g.auto;
        const tensors = [tensor('w', dims, lowRank(scheme, dims, g.groups, 1, g.seed)), tensor('b', [dims[0]])];
        const inputs = ['x', 'w', ...(g.bias ? ['b'] : [])];
        const feed = [2, 6 * g.groups, 9, 10];
        const model = modelWith([node('Conv', inputs, ['y'], attributes, { name: 'c' })], tensors, feed);
        const ctx = testContext();
        const after = await factorize(model, options({ rank: 0, scheme }), ctx);
        const [before, found] = [await output(model, feed), await output(after, feed)];
        // Sums of up to 96 products in another order, each rounded.
        expect(worst(found, before)).toBeLessThan(1e-5);
        if (opOf(after).length === 1) expect(ctx.notes[0].key).toBe('skipped-larger');
        else expect(ctx.reports.size).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  test('Conv in one and three dimensions', async () => {
    for (const [dims, feed] of [
      [
        [12, 8, 5],
        [2, 8, 20],
      ],
      [
        [12, 8, 2, 3, 2],
        [1, 8, 5, 6, 4],
      ],
    ]) {
      const w = lowRank('channel', dims, 1, 2, 4);
      const model = modelWith([node('Conv', ['x', 'w', 'b'], ['y'])], [tensor('w', dims, w), tensor('b', [12])], feed);
      const after = await factorize(model, options({ rank: 2 / 12, scheme: 'spatial' }), testContext());
      expect(opOf(after)).toEqual(['Conv', 'Conv']);
      expect(worst(await output(after, feed), await output(model, feed))).toBeLessThan(1e-5);
    }
  });

  test('matrices: MatMul and Gemm of every layout', async () => {
    const w = lowRank('matrix', [20, 16], 1, 3, 5);
    const t = new Float32Array(320);
    for (let i = 0; i < 20; i++) for (let j = 0; j < 16; j++) t[j * 20 + i] = w[i * 16 + j];
    const cases: [NodeProto[], TensorProto[], number[]][] = [
      [[node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [20, 16], w)], [2, 3, 20]],
      [[node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [20, 16], w)], [20]],
      [[node('Gemm', ['x', 'w'], ['y'])], [tensor('w', [20, 16], w)], [3, 20]],
      [
        [node('Gemm', ['x', 'w', 'b'], ['y'], { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } })],
        [tensor('w', [16, 20], t), tensor('b', [16])],
        [20, 3],
      ],
      [
        [node('Transpose', ['w'], ['wt'], { perm: [1, 0] }), node('MatMul', ['x', 'wt'], ['y'])],
        [tensor('w', [16, 20], t)],
        [3, 20],
      ],
      [
        [
          node('Constant', [], ['w'], { value: { tensor: tensor('', [20, 16], w) } }),
          node('Identity', ['w'], ['same']),
          node('MatMul', ['x', 'same'], ['y']),
        ],
        [],
        [3, 20],
      ],
    ];
    for (const [nodes, tensors, feed] of cases) {
      const model = modelWith(nodes, tensors, feed);
      const after = await factorize(model, options({ rank: 3 / 16 }), testContext());
      expect(opOf(after)).toHaveLength(2);
      expect(worst(await output(after, feed), await output(model, feed))).toBeLessThan(1e-5);
    }
  });
});

describe('ranks', () => {
  const dims = [40, 30];
  const model = () => modelWith([node('MatMul', ['x', 'w'], ['y'])], [tensor('w', dims)], [1, 40]);

  test('the tensors are the best approximation at the rank, and the report says so', async () => {
    const ctx = testContext();
    const after = await factorize(model(), options({ rank: 0.2 }), ctx);
    const [first, second] = mainGraph(after).initializer;
    expect([first.name, second.name]).toEqual(['w_first', 'w_second']);
    expect([first.dims, second.dims]).toEqual([
      [40n, 6n],
      [6n, 30n],
    ]);
    const best = new Svd(await readFloats(mainGraph(model()).initializer[0]), 40, 30).factors(6);
    expect([await readFloats(first), await readFloats(second)]).toEqual([best.left, best.right]);
    const report = ctx.reports.get('w')!;
    expect([report.bytesBefore, report.bytesAfter, report.encoding]).toEqual([4800, 1680, 'rank 6 of 30']);
    const spectrum = (await spectrumOf(model(), 'w', options(), testContext()))!;
    // What is lost is the energy beyond the rank; the report's is of float32 factors.
    expect(Math.abs(report.sqnr - -10 * Math.log10(1 - spectrum.kept[5]))).toBeLessThan(1e-3);
  });

  test('by energy the least that keeps it', async () => {
    const spectrum = (await spectrumOf(model(), 'w', options(), testContext()))!;
    expect(spectrum.full).toBe(30);
    expect(spectrum.kept[29]).toBe(1);
    // 70 numbers for each rank beside 1,200, and what names and nodes take.
    expect(spectrum.largest).toBeGreaterThan(14);
    expect(spectrum.largest).toBeLessThan(18);
    expect([spectrum.bytes, spectrum.bytesPerRank]).toEqual([4800, 280]);
    // Whatever the rank, but not of what is left alone.
    const of = (id: string, o: object) => spectrumOf(model(), id, options(o), testContext());
    expect((await of('w', { rank: 1, layers: { w: { rank: 1 } } }))?.largest).toBe(spectrum.largest);
    expect(await of('w', { layers: { w: { skip: true } } })).toBeUndefined();
    expect(await of('w', { minElements: 5000 })).toBeUndefined();
    expect(await of('nowhere', {})).toBeUndefined();
    for (const rank of [1, 7, spectrum.largest]) {
      const energy = (spectrum.kept[rank - 1] + (spectrum.kept[rank - 2] ?? 0)) / 2;
      const after = await factorize(model(), options({ energy }), testContext());
      expect(mainGraph(after).initializer[0].dims).toEqual([40n, BigInt(rank)]);
    }
    const ctx = testContext();
    expect(opOf(await factorize(model(), options({ energy: 1 }), ctx))).toEqual(['MatMul']);
    expect(ctx.notes.map((n) => n.key)).toEqual(['skipped-larger']);
  });

  test('the forecast: bytes exactly, and no more', async () => {
    const two = modelWith(
      [
        node('Conv', ['x', 'c'], ['h'], { pads: [1, 1, 1, 1] }, { name: 'conv' }),
        node('Conv', ['h', 'g'], ['y'], { group: 4 }),
      ],
      [tensor('c', [16, 16, 3, 3]), tensor('g', [64, 4, 3, 3])],
      [1, 16, 8, 8],
    );
    for (const o of [
      { rank: 0.3 },
      { rank: 0.2, scheme: 'spatial' },
      { layers: { c: { skip: true }, g: { rank: 0.5 } } },
    ]) {
      const ctx = testContext();
      const after = await factorize(two, options(o), ctx);
      const bytes = (await modelBytes(after)).length - (await modelBytes(two)).length;
      const plans = forecastFactorize(await plansOf(two), options(o));
      for (const plan of plans) expect(plan.bytes).toBe(ctx.reports.get(plan.facts.id)?.bytesAfter ?? plan.facts.bytes);
      const told = plans.reduce((n, p) => n + p.bytes - p.facts.bytes + (p.overhead ?? 0), 0);
      // Nodes and names are estimated: within a hundred bytes for each layer.
      expect(Math.abs(told - bytes)).toBeLessThan(100 * ctx.reports.size);
    }
    expect([isForeseen(options()), isForeseen(options({ energy: 0.5 }))]).toEqual([true, false]);
    expect(isForeseen(options({ layers: { a: { energy: 0.5 } } }))).toBe(false);
  });

  test('nothing is computed before a payload is read', async () => {
    const ctx = testContext();
    const after = await factorize(model(), options({ rank: 0.1 }), ctx);
    expect(ctx.reports.size).toBe(0);
    await readFloats(mainGraph(after).initializer[1]);
    expect(ctx.reports.size).toBe(1);
  });
});

describe('what is left alone', () => {
  async function notes(model: Model, o: object = {}) {
    const ctx = testContext();
    const after = await factorize(model, options({ rank: 0.1, ...o }), ctx);
    expect(mainGraph(after).node).toHaveLength(mainGraph(model).node.length);
    return ctx.notes.map((n) => n.key);
  }
  const square = (data?: Floats) =>
    modelWith([node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [32, 32], data)], [1, 32]);

  test('NaN, small, skipped, one element, and what would not get smaller', async () => {
    const bad = normal(1024, 1);
    bad[5] = Number.NaN;
    expect(await notes(square(bad))).toEqual(['skipped-nan']);
    expect(await notes(square(), { minElements: 2000 })).toEqual([]);
    expect(await notes(square(), { layers: { w: { skip: true } } })).toEqual([]);
    expect(await notes(square(), { layers: { nope: { skip: true }, w: { skip: true } } })).toEqual(['unknown-layer']);
    expect(await notes(square(), { rank: 0.5 })).toEqual(['skipped-larger']);
    expect(await notes(square(), { rank: 1 })).toEqual(['skipped-larger']);
    const one = modelWith([node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [1, 1])], [1, 1]);
    expect(await notes(one, { rank: 1 })).toEqual(['skipped-larger']);
    const empty = modelWith([node('MatMul', ['x', 'w'], ['y'])], [tensor('w', [0, 4])], [1, 0]);
    expect(await notes(empty)).toEqual([]);
  });

  test('zeros stay zeros', async () => {
    for (const o of [{ rank: 0.1 }, { rank: undefined, energy: 0.9 }]) {
      const after = await factorize(square(new Float32Array(1024)), options(o), testContext());
      for (const t of mainGraph(after).initializer) expect((await readFloats(t)).every((x) => x === 0)).toBe(true);
      expect((await output(after, [1, 32])).every((x) => x === 0)).toBe(true);
    }
  });

  test('weights that stand elsewhere', async () => {
    const w = [tensor('w', [32, 32])];
    const twice = [node('MatMul', ['x', 'w'], ['h']), node('MatMul', ['h', 'w'], ['y'])];
    expect(await notes(modelWith(twice, w, [1, 32]))).toEqual(['not-factorized']);
    expect(await notes(modelWith([node('MatMul', ['w', 'x'], ['y'])], w, [32, 1]))).toEqual(['not-factorized']);
    const up = modelWith([node('ConvTranspose', ['x', 'w'], ['y'])], [tensor('w', [16, 16, 3, 3])], [1, 16, 4, 4]);
    expect(await notes(up)).toEqual(['not-factorized']);
    const shown = square();
    mainGraph(shown).output.push(valueInfo('w', DataType.FLOAT, [32, 32]));
    expect(await notes(shown)).toEqual(['not-factorized']);
    const old = modelWith([node('Gemm', ['x', 'w', 'b'], ['y'])], [...w, tensor('b', [32])], [1, 32], 9);
    expect(await notes(old)).toEqual(['not-factorized']);
  });

  test('other float types keep theirs', async () => {
    const wide = modelWith(
      [
        node('Cast', ['x'], ['d'], { to: DataType.DOUBLE }),
        node('MatMul', ['d', 'w'], ['e']),
        node('Cast', ['e'], ['y'], { to: 1 }),
      ],
      [makeTensor('w', DataType.DOUBLE, [32, 32], Float64Array.from(lowRank('matrix', [32, 32], 1, 2, 7)))],
      [1, 32],
    );
    const after = await factorize(wide, options({ rank: 2 / 32 }), testContext());
    expect(mainGraph(after).initializer.map((t) => t.dataType)).toEqual([DataType.DOUBLE, DataType.DOUBLE]);
    expect(worst(await output(after, [1, 32]), await output(wide, [1, 32]))).toBeLessThan(1e-5);
  });

  test('options: one of rank and energy, in range', () => {
    const refused = (o: object) => v.safeParse(factorizeSchema, { method: 'factorize', ...o }).issues?.[0].message;
    expect(options().rank).toBe(0.25);
    expect(options({ energy: 0.9 }).rank).toBeUndefined();
    expect(refused({ rank: 0.1, energy: 0.9 })).toMatch('either');
    expect(refused({ layers: { a: { rank: 0.1, energy: 0.9 } } })).toMatch('either');
    for (const o of [{ rank: 2 }, { energy: -1 }, { scheme: 'both' }, { nope: 1 }]) expect(refused(o)).toBeDefined();
  });
});
