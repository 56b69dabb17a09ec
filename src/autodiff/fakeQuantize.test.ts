import { describe, expect, test } from 'vitest';
import { Random } from '../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import type { Value } from '../runtime/types.ts';
import { mul, sumAll } from './arithmetic.ts';
import { assemble } from './assemble.ts';
import { differentiate } from './differentiate.ts';
import { type FakeQuantizer, insertFakeQuantizers } from './fakeQuantize.ts';
import { open } from './testing/check.ts';
import { type Traced, traceModel } from './trace.ts';
import { buildTrainer } from './trainer.ts';

const DIMS = [3, 8];
const N = 24;
const random = new Random(7);
/** Wide enough that some values are clipped at either end. */
const x = Float32Array.from({ length: N }, () => 2 * random.normal());
const r = Float32Array.from({ length: N }, () => random.normal());
const value = (data: Float32Array, dims: readonly number[] = DIMS): Value => ({ dtype: 'float32', dims, data });

function modelOf(
  nodes: ReturnType<typeof node>[],
  initializers: ReturnType<typeof makeTensor>[],
  inputs: string[],
): Model {
  const info = inputs.map((name) => valueInfo(name, DataType.FLOAT, null));
  const g = graph('g', nodes, info, [valueInfo('y', DataType.FLOAT, null)], initializers);
  return { name: 'q.onnx', proto: modelProto(g, 21), bytes: 0, external: [] };
}

/** Runs Σ r·y and the gradients of some inputs. */
async function run(traced: Traced, feeds: Record<string, Value>, wrt: readonly string[], y = 'y') {
  const t = traced.tape;
  const weights = t.initializer(makeTensor('r', DataType.FLOAT, DIMS, r));
  const loss = sumAll(t, mul(t, y, weights));
  const grads = differentiate(t, loss, wrt);
  const session = await open(assemble(traced, Object.keys(feeds), [y, ...grads.values()]), { optimize: 'off' });
  const found = await session.run(feeds);
  await session.release();
  return {
    y: found[y].data as Float32Array,
    grad: new Map([...grads].map(([name, g]) => [name, found[g].data as Float32Array])),
  };
}

/** Round half to even, as QuantizeLinear and Round do. */
function even(v: number): number {
  const f = Math.floor(v);
  return v - f === 0.5 ? f + (f % 2 === 0 ? 0 : 1) : Math.round(v);
}

/**
 * What LSQ says (Esser et al. 2020, equations 1 to 5), one element at a time.
 * @param s the scale and z the zero point of element i
 */
function lsq(s: (i: number) => number, z: (i: number) => number, qmin: number, qmax: number) {
  const y: number[] = [];
  const dx: number[] = [];
  const ds: number[] = [];
  x.forEach((v, i) => {
    const at = v / s(i) + z(i);
    const q = Math.max(qmin, Math.min(qmax, even(at)));
    const inside = at > qmin && at < qmax;
    y.push((q - z(i)) * s(i));
    dx.push(inside ? r[i] : 0);
    ds.push(r[i] * (q - z(i) - (inside ? v / s(i) : 0)));
  });
  return { y, dx, ds };
}

function expectClose(found: Float32Array, expected: readonly number[]) {
  expect(found.length).toBe(expected.length);
  // Sums of at most 24 products of size one, in float32.
  found.forEach((v, i) => {
    expect(Math.abs(v - expected[i])).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected[i])) * 4);
  });
}

const rows = (v: readonly number[]) => [0, 1, 2].map((k) => v.slice(k * 8, k * 8 + 8).reduce((a, b) => a + b, 0));

describe('QuantizeLinear and DequantizeLinear together', () => {
  const pair = (axis?: number) => {
    const attributes = { ...(axis !== undefined && { axis }) };
    return [
      node('QuantizeLinear', ['x', 's', 'z'], ['q'], attributes),
      node('DequantizeLinear', ['q', 's', 'z'], ['y'], attributes),
    ];
  };

  test('one unsigned scale with a zero point', async () => {
    const model = modelOf(pair(), [makeTensor('z', DataType.UINT8, [], Uint8Array.of(100))], ['x', 's']);
    const feeds = { x: value(x), s: value(Float32Array.of(0.02), []) };
    const found = await run(await traceModel(model, feeds, open), feeds, ['x', 's']);
    const expected = lsq(
      () => Math.fround(0.02),
      () => 100,
      0,
      255,
    );
    expectClose(found.y, expected.y);
    expectClose(found.grad.get('x')!, expected.dx);
    expectClose(found.grad.get('s')!, [expected.ds.reduce((a, b) => a + b, 0)]);
  });

  test('a signed scale per row', async () => {
    const scales = Float32Array.of(0.01, 0.02, 0.005);
    const model = modelOf(pair(0), [makeTensor('z', DataType.INT8, [3], Int8Array.of(0, 0, 0))], ['x', 's']);
    const feeds = { x: value(x), s: value(scales, [3]) };
    const found = await run(await traceModel(model, feeds, open), feeds, ['x', 's']);
    const expected = lsq(
      (i) => scales[i >> 3],
      () => 0,
      -128,
      127,
    );
    expectClose(found.y, expected.y);
    expectClose(found.grad.get('x')!, expected.dx);
    expectClose(found.grad.get('s')!, rows(expected.ds));
  });

  test('blocks are refused by the name of the node', async () => {
    const model = modelOf(
      [node('DequantizeLinear', ['q', 's'], ['y'], { axis: 1, block_size: 4 }, { name: 'blocks' })],
      [makeTensor('q', DataType.INT8, DIMS, new Int8Array(N))],
      ['s'],
    );
    const feeds = { s: value(new Float32Array(6).fill(1), [3, 2]) };
    await expect(run(await traceModel(model, feeds, open), feeds, ['s'])).rejects.toThrow(/blocks/);
  });
});

describe('fake quantizers', () => {
  const identity = () => modelOf([node('Identity', ['x'], ['y'])], [], ['x']);

  async function quantized(q: FakeQuantizer) {
    const feeds = { x: value(x) };
    const traced = await traceModel(identity(), feeds, open);
    const made = insertFakeQuantizers(traced.tape, new Map([['x', q]])).get('x')!;
    return run(traced, feeds, made.parameter ? ['x', made.parameter] : ['x']).then((f) => ({
      ...f,
      scale: made.parameter ? f.grad.get(made.parameter) : undefined,
    }));
  }

  test.each([2, 3, 4, 8])('%i symmetric bits with a learned scale', async (bits) => {
    const top = 2 ** (bits - 1) - 1;
    const s = 2.5 / top;
    const found = await quantized({ bits, symmetric: true, scale: [s], learn: true });
    const expected = lsq(
      () => s,
      () => 0,
      -top,
      top,
    );
    expectClose(found.y, expected.y);
    expectClose(found.grad.get('x')!, expected.dx);
    const damped = (s * expected.ds.reduce((a, b) => a + b, 0)) / Math.sqrt(N * top);
    expectClose(found.scale!, [damped]);
  });

  test('a learned scale per row', async () => {
    const s = [0.5, 0.7, 0.3];
    const found = await quantized({ bits: 3, symmetric: true, axis: 0, scale: s, learn: true });
    const expected = lsq(
      (i) => s[i >> 3],
      () => 0,
      -3,
      3,
    );
    expectClose(found.y, expected.y);
    expectClose(
      found.scale!,
      rows(expected.ds).map((v, k) => (v * s[k]) / Math.sqrt(8 * 3)),
    );
  });

  test('unsigned with a fixed scale and zero point', async () => {
    const found = await quantized({ bits: 4, symmetric: false, scale: [0.3], zeroPoint: [6] });
    const expected = lsq(
      () => Math.fround(0.3),
      () => 6,
      0,
      15,
    );
    expectClose(found.y, expected.y);
    expectClose(found.grad.get('x')!, expected.dx);
  });

  test('by the range at hand: the extremes are levels, and all gradients pass', async () => {
    for (const axis of [undefined, 0]) {
      const found = await quantized({ bits: 4, symmetric: true, axis });
      const parts = axis === undefined ? [x] : [0, 1, 2].map((k) => x.subarray(8 * k, 8 * k + 8));
      const scales = parts.map((p) => Math.max(...p.map(Math.abs)) / 7);
      const expected = lsq(
        (i) => scales[axis === undefined ? 0 : i >> 3],
        () => 0,
        -7,
        7,
      );
      expectClose(found.y, expected.y);
    }
    const wide = await quantized({ bits: 8, symmetric: false });
    const step = (Math.max(...x) - Math.min(...x)) / 255;
    wide.y.forEach((v, i) => {
      // Half a step, and float32 of numbers of a few units.
      expect(Math.abs(v - x[i])).toBeLessThan(step / 2 + 1e-5);
    });
  });

  test('a tensor of zeros and a number of bits that cannot be learned', async () => {
    const traced = await traceModel(identity(), { x: value(new Float32Array(N)) }, open);
    const made = insertFakeQuantizers(traced.tape, new Map([['x', { bits: 4, symmetric: true }]]));
    const session = await open(assemble(traced, ['x'], [made.get('x')!.output]));
    const found = await session.run({ x: value(new Float32Array(N)) });
    expect(Object.values(found)[0].data).toEqual(new Float32Array(N));
    await session.release();
    await expect(quantized({ bits: 1, symmetric: true })).rejects.toThrow(/1 bits/);
  });

  test('in a trainer: weights and activations rounded, scales learning', async () => {
    const w = Float32Array.from({ length: 16 }, () => random.normal());
    const model = modelOf([node('MatMul', ['x', 'w'], ['y'])], [makeTensor('w', DataType.FLOAT, [8, 2], w)], ['x']);
    const fakeQuantizers = new Map<string, FakeQuantizer>([
      ['w', { bits: 4, symmetric: true, axis: 1 }],
      ['x', { bits: 8, symmetric: true, scale: [0.05], learn: true }],
    ]);
    const feeds = { x: value(x), goal: value(new Float32Array(6).fill(0.5), [3, 2]) };
    const trainer = await buildTrainer(
      model,
      {
        feeds: { x: feeds.x },
        train: ['w'],
        losses: [{ kind: 'mse', value: 'y', target: 'goal' }],
        optimizer: { kind: 'adam' },
        fakeQuantizers,
      },
      open,
    );
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push((await trainer.step(feeds, 0.05)).loss);
    expect(losses[59]).toBeLessThan(losses[0] / 2);
    expect((await trainer.scales()).get('x')![0]).not.toBeCloseTo(0.05, 4);
    await trainer.release();
  });
});
