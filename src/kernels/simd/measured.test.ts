import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import type { Grouping } from '../grouping.ts';
import { groupCount } from '../grouping.ts';
import { measure } from '../loops/measure.ts';
import { MeasuredQuantizer, quantizeMeasured } from '../loops/measured.ts';
import { type AffineSpec, integerRange } from '../loops/quantize.ts';
import { Sketcher } from '../sketch.ts';
import { uglyFloats } from '../ugly.ts';
import { PIECE } from './layout.ts';
import { simd } from './module.ts';

const kernels = simd();

const shape = fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 3 }).chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    granularity: fc.constantFrom<Grouping['granularity']>('tensor', 'channel', 'block'),
    axis: fc.nat(dims.length - 1),
    block: fc.integer({ min: 1, max: 40 }),
  }),
);

test('quantized and measured at once as one after the other, to the bit, in every grouping', () => {
  fc.assert(
    fc.property(
      shape,
      fc.integer({ min: 2, max: 8 }),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(undefined, 0, 1, 2, 'bare' as const, 'finite' as const, 'nothing' as const),
      fc.nat(),
      (grouping, bits, signed, zeros, axis, seed) => {
        const spec: AffineSpec = { ...grouping, bits, signed };
        const count = spec.dims.reduce((a, b) => a * b, 1);
        const random = new Random(seed);
        const x = uglyFloats(count, seed, { nonFinite: seed % 3 === 0 });
        const groups = groupCount(spec);
        const [low, high] = integerRange(spec);
        const scale = Float32Array.from({ length: groups }, () => 2 ** (random.int(6) - 9) * (1 + random.next()));
        const list = Array.from({ length: groups }, () => low + random.int(high - low + 1));
        const zero = zeros ? (signed ? Int8Array.from(list) : Uint8Array.from(list)) : undefined;
        expect(quantizeMeasured(x, spec, scale, zero, axis, undefined, kernels)).toEqual(
          quantizeMeasured(x, spec, scale, zero, axis, undefined, null),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('several pieces, of rows that do not fit into one and of runs that end in the middle', () => {
  for (const [dims, axis] of [
    [[3, PIECE + 5], 1],
    [[3, PIECE + 5], 0],
    [[PIECE + 3, 3], 1],
  ] as const) {
    const spec: AffineSpec = { dims, granularity: 'channel', axis, block: 0, bits: 8, signed: true };
    const x = uglyFloats(dims[0] * dims[1], 5, { nonFinite: false });
    const scale = new Float32Array(dims[axis]).map((_, i) => 0.01 + (i % 7) / 100);
    expect(quantizeMeasured(x, spec, scale, undefined, axis, undefined, kernels)).toEqual(
      quantizeMeasured(x, spec, scale, undefined, axis, undefined, null),
    );
  }
});

test('a tensor that comes in parts, others in between, gives what it gives whole', () => {
  for (const [dims, axis] of [
    [[500, 48], 1],
    [[48, 500], 0],
    [[24_000], 0],
  ] as const) {
    const spec: AffineSpec = {
      dims,
      granularity: dims.length > 1 ? 'channel' : 'tensor',
      axis,
      block: 0,
      bits: 8,
      signed: true,
    };
    const x = uglyFloats(24_000, 8, { nonFinite: axis === 1 });
    const scale = new Float32Array(groupCount(spec)).map((_, i) => 0.01 + (i % 7) / 100);
    const quantizers = [0, 1].map(() => new MeasuredQuantizer(x.length, spec, scale, undefined, axis, kernels!));
    for (const [from, to] of [
      [0, 4],
      [4, 20_000],
      [20_000, 23_996],
      [23_996, 24_000],
    ]) {
      for (const quantizer of quantizers) quantizer.add(x.subarray(from, to));
    }
    const whole = quantizeMeasured(x, spec, scale, undefined, axis, undefined, null);
    for (const quantizer of quantizers) expect(quantizer.finish()).toEqual(whole);
  }
});

test('a sketch that waits keeps its ranges when a tensor of fewer channels is quantized', () => {
  const x = uglyFloats(8000, 6, { nonFinite: false });
  const waiting = new Sketcher([20, 800], 1, kernels);
  waiting.add(x.subarray(0, 4000));
  const spec: AffineSpec = { dims: [100, 4], granularity: 'channel', axis: 1, block: 0, bits: 8, signed: true };
  quantizeMeasured(x.subarray(0, 400), spec, new Float32Array(4).fill(0.1), undefined, 1, undefined, kernels);
  waiting.add(x.subarray(4000));
  const alone = new Sketcher([20, 800], 1, null);
  alone.add(x);
  expect(waiting.finish()).toEqual(alone.finish());
});

test('measuring gives the same bits by kernels and by loops', () => {
  for (const n of [0, 1, 3, 63, 64, 1001, PIECE + 3, 2 * PIECE]) {
    const x = uglyFloats(n, n + 1, { nonFinite: n === 1001 });
    const y = x.map((v) => Math.round(v * 4) / 4);
    expect(measure(x, y, [n], 0, kernels)).toEqual(measure(x, y, [n], 0, null));
  }
});
