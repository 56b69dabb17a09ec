import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grouping } from '../../kernels/grouping.ts';
import { floatsToHalves, floatToHalf, halfToFloat, halvesToFloats } from '../../onnx/float.ts';
import {
  isWeightSymmetric,
  type QuantType,
  quantRange,
  roundToHalf,
  type ScaleType,
  scaleAndZeroPoint,
  snappedScaleAndZeroPoint,
} from './arithmetic.ts';
import { parametersOf, quantizeArray, quantizeValues, rawQuantized } from './quantize.ts';
import { arithmetic, type PackedArray, unpack } from './testing.ts';

interface Row {
  rmin: number;
  rmax: number;
  dtype: ScaleType;
  type: QuantType;
  symmetric: boolean;
  reduce_range: boolean;
  min_real_range: number | null;
  zero_point: number;
  scale: number;
}
interface Quantized extends Omit<Row, 'scale'> {
  array: string;
  scale: PackedArray;
  quantized: PackedArray;
  error?: string;
}
interface Initializer {
  type: QuantType;
  axis: number | null;
  block_size: number;
  zero_points: PackedArray;
  scales: PackedArray;
  raw: PackedArray;
}

const tables = arithmetic() as unknown as {
  arrays: Record<string, PackedArray>;
  scale_zp: Row[];
  snap_zero_point: Row[];
  quantized: Quantized[];
  initializers: { weights: PackedArray; rows: Initializer[] };
};

const title = (r: { type: string; symmetric: boolean; reduce_range: boolean }) =>
  `${r.type}${r.symmetric ? ' symmetric' : ''}${r.reduce_range ? ' reduced' : ''}`;

describe('scale and zero point of a range', () => {
  it.each(tables.scale_zp.map((r) => [`${title(r)} ${r.dtype} ${r.rmin} … ${r.rmax}`, r] as const))('%s', (_, r) => {
    const range = quantRange(r.type, r.symmetric, r.reduce_range);
    const own = scaleAndZeroPoint(r.rmin, r.rmax, range, r.symmetric, r.min_real_range ?? undefined, r.dtype);
    expect(own).toEqual({ scale: r.scale, zeroPoint: r.zero_point });
  });

  it.each(tables.snap_zero_point.map((r) => [`snapped ${r.rmin} … ${r.rmax} ${r.min_real_range}`, r] as const))(
    '%s',
    (_, r) => {
      const own = snappedScaleAndZeroPoint(r.rmin, r.rmax, [0, 255], r.min_real_range ?? undefined);
      expect(own).toEqual({ scale: r.scale, zeroPoint: r.zero_point });
    },
  );

  it('rounds doubles to float16 once', () => {
    // By way of float32 this is a tie and goes to even; it lies just above.
    const above = 1 + 2 ** -11 + 2 ** -40;
    expect(roundToHalf(above)).toBe(1 + 2 ** -10);
    expect(halfToFloat(floatToHalf(above))).toBe(1);
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        expect(roundToHalf(x)).toBe(halfToFloat(floatToHalf(x)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('quantized arrays', () => {
  const whole = (length: number): Grouping => ({ dims: [length], granularity: 'tensor', axis: 0, block: 0 });
  const floatsOf = (r: Quantized) => {
    const x = Float32Array.from(unpack(tables.arrays[r.array]));
    return r.dtype === 'float16' ? halvesToFloats(floatsToHalves(x)) : x;
  };
  const run = (r: Quantized) => {
    const x = floatsOf(r);
    const spec = { type: r.type, symmetric: r.symmetric, reduceRange: r.reduce_range, scaleType: r.dtype };
    return quantizeArray(x, whole(x.length), spec);
  };
  const scaleOf = (r: Quantized) =>
    (r.dtype === 'float16' ? halvesToFloats(unpack(r.scale) as Uint16Array) : unpack(r.scale))[0];
  const titled = (rows: Quantized[]) => rows.map((r) => [`${r.array} ${r.dtype} ${title(r)}`, r] as const);
  // A range that is not finite has no scale: the reference fails, or goes on with an infinite one.
  const isSound = (r: Quantized) => !r.error && Number.isFinite(scaleOf(r)) && floatsOf(r).every(Number.isFinite);

  it.each(titled(tables.quantized.filter(isSound)))('%s', (_, r) => {
    const own = run(r);
    expect([own.scale[0], own.zeroPoint[0]]).toEqual([scaleOf(r), r.zero_point]);
    expect(Array.from(own.q)).toEqual(Array.from(unpack(r.quantized)));
  });

  const unsound = tables.quantized.filter((r) => !isSound(r));
  it.each(titled(unsound))('refuses %s', (_, r) => {
    expect(() => run(r)).toThrow(expect.objectContaining({ code: 'recipe/not-applicable' }));
  });

  it('refuses only what is not finite or has a range past its dtype', () => {
    expect([...new Set(unsound.map((r) => `${r.array} ${r.dtype}`))].sort()).toEqual([
      'huge float32',
      'infinite float32',
      'nan float32',
      'overflowing_range float32',
      'wide float16',
    ]);
    expect(unsound.filter((r) => r.array === 'huge').every((r) => r.symmetric)).toBe(true);
  });
});

describe('initializers per tensor, channel and block', () => {
  const [rows, columns] = tables.initializers.weights.shape;
  const x = Float32Array.from(unpack(tables.initializers.weights));
  it.each(tables.initializers.rows.map((r) => [`${r.type} axis ${r.axis} block ${r.block_size}`, r] as const))(
    '%s',
    (_, r) => {
      const granularity = r.axis === null ? 'tensor' : r.block_size ? 'block' : 'channel';
      const grouping: Grouping = { dims: [rows, columns], granularity, axis: r.axis ?? 0, block: r.block_size };
      // The table's rows: channels always symmetric, the rest as the type is.
      const symmetric = granularity === 'channel' || isWeightSymmetric(r.type);
      const own = parametersOf(x, grouping, { type: r.type, symmetric, reduceRange: false, scaleType: 'float32' });
      expect(Array.from(own.scale)).toEqual(Array.from(unpack(r.scales)));
      expect(Array.from(own.zeroPoint)).toEqual(Array.from(unpack(r.zero_points)));
      const q = quantizeValues(x, grouping, r.type, own.scale, own.zeroPoint);
      expect(Array.from(rawQuantized(q, r.type))).toEqual(Array.from(unpack(r.raw)));
    },
  );
});
