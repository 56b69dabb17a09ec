import { bytesOf } from '../../base/bytes.ts';
import { PareError } from '../../base/errors.ts';
import type { Allocate } from '../../base/memory.ts';
import { packNative } from '../../encodings/pack.ts';
import { type Grouping, groupCount, shapeOf, walk } from '../../kernels/grouping.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { MeasuredQuantizer, quantizeInPlace, quantizeMeasured } from '../../kernels/loops/measured.ts';
import { checkGroups, quantizeAffine } from '../../kernels/loops/quantize.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';
import { simd } from '../../kernels/simd/module.ts';
import { simdFor } from '../../kernels/simd/resident.ts';
import type { Detail } from '../../kernels/sketch.ts';
import { countOf } from '../layers.ts';
import { QUANT, type QuantType, quantRange, roundHalfEven, type ScaleType, scaleAndZeroPoint } from './arithmetic.ts';
import { rangeOfParts, tensorRange } from './range.ts';

export type QuantizedArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;

/** How an array becomes integers: which type, and how its range is turned into a scale. */
export interface QuantSpec {
  readonly type: QuantType;
  readonly symmetric: boolean;
  readonly reduceRange: boolean;
  readonly minRealRange?: number;
  /** The dtype of the array, in which its scale is kept. */
  readonly scaleType: ScaleType;
}

/** Integers, and the scale and zero point of each group. */
export interface QuantizedValues {
  q: QuantizedArray;
  scale: Float32Array<ArrayBuffer>;
  zeroPoint: Int32Array<ArrayBuffer>;
}

/**
 * Scales and zero points from the ranges of the groups: quant_utils.py, `compute_data_quant_params`. An empty group gets 1
 * and 0.
 * @throws PareError `recipe/not-applicable` when the array holds NaN or infinity
 */
export function parametersOf(x: Float32Array, grouping: Grouping, spec: QuantSpec): Omit<QuantizedValues, 'q'> {
  const groups = groupCount(grouping);
  if (x.length === 0) return { scale: new Float32Array(groups).fill(1), zeroPoint: new Int32Array(groups) };
  return parametersBy(tensorRange(x, grouping), spec);
}

/** The same by the ranges of the groups, none of which is empty. */
export function parametersBy({ min, max }: Ranges, spec: QuantSpec): Omit<QuantizedValues, 'q'> {
  const groups = min.length;
  const scale = new Float32Array(groups);
  const zeroPoint = new Int32Array(groups);
  const range = quantRange(spec.type, spec.symmetric, spec.reduceRange);
  for (let g = 0; g < groups; g++) {
    const p = scaleAndZeroPoint(min[g], max[g], range, spec.symmetric, spec.minRealRange, spec.scaleType);
    scale[g] = p.scale;
    zeroPoint[g] = p.zeroPoint;
  }
  return { scale, zeroPoint };
}

/**
 * q = clip(round(x / scale) + zero point) over the whole range of the type, whatever range the scale came from:
 * quant_utils.py, `quantize_nparray`. The division is float32 by float32, or float64 when the scales are.
 */
export function quantizeValues(
  x: Float32Array,
  grouping: Grouping,
  type: QuantType,
  scale: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>,
  zeroPoint: Int32Array,
): QuantizedArray {
  const { bits, signed, full } = QUANT[type];
  if (bits !== 16 && scale instanceof Float32Array) {
    const zero = signed ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);
    return quantizeAffine(x, { ...grouping, bits, signed }, scale, zero);
  }
  checkGroups(grouping, x.length, scale, zeroPoint);
  const q = bits === 16 ? new Int16Array(x.length) : new Int8Array(x.length);
  const single = scale instanceof Float32Array;
  const one = (i: number, g: number) => {
    const v = x[i] / scale[g];
    q[i] = Math.min(full[1], Math.max(full[0], roundHalfEven(single ? Math.fround(v) : v) + zeroPoint[g]));
  };
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) one(i, g);
    },
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) one(i, g);
    },
  );
  if (signed) return q;
  return bits === 16 ? new Uint16Array(q.buffer) : new Uint8Array(q.buffer);
}

/** Parameters and integers of an array. @throws PareError as `parametersOf` */
export function quantizeArray(x: Float32Array, grouping: Grouping, spec: QuantSpec): QuantizedValues {
  const { scale, zeroPoint } = parametersOf(x, grouping, spec);
  return { q: quantizeValues(x, grouping, spec.type, scale, zeroPoint), scale, zeroPoint };
}

/** How an array of integers of at most 8 bits is measured on the way, and where its memory is from, a byte each. */
export interface Measuring {
  /** Of the sketch. What has a range is finite: `finite` asks for nothing more. */
  readonly detail?: Detail;
  readonly allocate?: Allocate | undefined;
  /** The ranges of the groups, if they are known: all numbers are finite then. */
  readonly ranges?: Ranges | undefined;
  /** Integers may lie in the array's place, whose memory is the kernels', if nothing is measured. */
  readonly overwrites?: boolean;
}

/** `quantizeArray` for types of at most 8 bits, and what became of the array, in one pass. @throws PareError as `parametersOf` */
export function quantizeMeasuring(
  x: Float32Array<ArrayBuffer>,
  grouping: Grouping,
  spec: QuantSpec,
  { detail, allocate, ranges, overwrites }: Measuring,
): QuantizedValues & { measured?: Measured } {
  const { scale, zeroPoint } = ranges ? parametersBy(ranges, spec) : parametersOf(x, grouping, spec);
  const { affine, zero } = affineOf(grouping, spec, zeroPoint);
  if (overwrites && beside(detail) === 'nothing') {
    const q = quantizeInPlace(x, affine, scale, zero);
    if (q) return { q, scale, zeroPoint };
  }
  const { q, ...measured } = quantizeMeasured(x, affine, scale, zero, beside(detail), allocate);
  return { q, scale, zeroPoint, measured };
}

/** Whether `quantizeParts` can: of several groups the ranges have to be known. */
export function takesParts(grouping: Grouping, spec: QuantSpec, ranges?: Ranges): boolean {
  const known = ranges !== undefined || grouping.granularity === 'tensor';
  return known && simd() !== null && MeasuredQuantizer.takes(affineOf(grouping, spec).affine);
}

/**
 * The same of an array that comes in parts, one at least, twice where its range is not known.
 * @throws PareError as `parametersOf`
 */
export async function quantizeParts(
  parts: () => AsyncIterable<Float32Array<ArrayBuffer>>,
  grouping: Grouping,
  spec: QuantSpec,
  { detail, allocate, ranges }: Measuring,
): Promise<QuantizedValues & { measured: Measured }> {
  const { scale, zeroPoint } = parametersBy(ranges ?? (await rangeOfParts(parts())), spec);
  const { affine, zero } = affineOf(grouping, spec, zeroPoint);
  let quantizer: MeasuredQuantizer | undefined;
  for await (const x of parts()) {
    const kernels = simdFor(x, grouping.dims)!;
    quantizer ??= new MeasuredQuantizer(countOf(grouping), affine, scale, zero, beside(detail), kernels, allocate);
    quantizer.add(x);
  }
  const { q, ...measured } = quantizer!.finish();
  return { q, scale, zeroPoint, measured };
}

/** What is asked of a measurement beside ranges that are known. */
const beside = (detail: Detail): Detail => (detail === 'finite' ? 'nothing' : detail);

function affineOf(grouping: Grouping, { type }: QuantSpec, zeroPoint: Int32Array = new Int32Array(0)) {
  const { bits, signed } = QUANT[type];
  const zero = signed ? Int8Array.from(zeroPoint) : Uint8Array.from(zeroPoint);
  return { affine: { ...grouping, bits, signed }, zero };
}

/** x̂ = (q − zero point) · scale in float32. */
export function dequantizeValues(
  { q, scale, zeroPoint }: QuantizedValues,
  grouping: Grouping,
): Float32Array<ArrayBuffer> {
  const x = new Float32Array(q.length);
  walk(
    grouping,
    q instanceof Int8Array
      ? (from, to, g) => dequantizeSigned(q, x, from, to, scale[g], zeroPoint[g])
      : (from, to, g) => dequantizeOther(q, x, from, to, scale[g], zeroPoint[g]),
    (from, to, group) => {
      for (let i = from, g = group; i < to; i++, g++) x[i] = (q[i] - zeroPoint[g]) * scale[g];
    },
  );
  return x;
}

// Two copies of one loop: an engine compiles each for the type it mostly sees.
function dequantizeSigned(q: Int8Array, x: Float32Array, from: number, to: number, scale: number, zero: number): void {
  for (let i = from; i < to; i++) x[i] = (q[i] - zero) * scale;
}
function dequantizeOther(
  q: QuantizedArray,
  x: Float32Array,
  from: number,
  to: number,
  scale: number,
  zero: number,
): void {
  for (let i = from; i < to; i++) x[i] = (q[i] - zero) * scale;
}

/** Integers of a type as raw_data: 4-bit ones packed over the whole array, the first in the low bits. */
export function rawQuantized(q: ArrayLike<number>, type: QuantType): Uint8Array<ArrayBuffer> {
  const { bits, signed } = QUANT[type];
  if (bits === 4) return packNative(q, 4);
  if (bits === 16) return bytesOf(signed ? Int16Array.from(q) : Uint16Array.from(q));
  if (q instanceof Int8Array || q instanceof Uint8Array) return bytesOf(q as Int8Array<ArrayBuffer>);
  return bytesOf(signed ? Int8Array.from(q) : Uint8Array.from(q));
}

/** Dims of the scales and zero points: none per tensor, one per channel, the weight's with blocks along the axis. */
export function parameterDims(grouping: Grouping): number[] {
  if (grouping.granularity === 'tensor') return [];
  const { blocks } = shapeOf(grouping);
  if (grouping.granularity === 'channel') return [blocks];
  return grouping.dims.map((d, i) => (i === grouping.axis ? blocks : d));
}

/** An axis counted from the front. @throws PareError `recipe/not-applicable` when the tensor has no such axis */
export function normalizeAxis(axis: number, rank: number, where: string): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (normal < 0 || normal >= rank) {
    throw new PareError('recipe/not-applicable', `"${where}" of rank ${rank} has no axis ${axis}.`, { where });
  }
  return normal;
}
