import { PareError } from '../../base/errors.ts';
import { DataType } from '../../onnx/proto.ts';

/** The integer types of onnxruntime.quantization, by its own names (`QuantType`). */
export const QUANT_TYPES = ['QInt8', 'QUInt8', 'QInt16', 'QUInt16', 'QInt4', 'QUInt4'] as const;
export type QuantType = (typeof QUANT_TYPES)[number];

interface TypeFacts {
  readonly dataType: number;
  readonly bits: 4 | 8 | 16;
  readonly signed: boolean;
  readonly full: readonly [number, number];
  /** With `reduce_range`: a bit less, so that sums of products do not saturate in 16 bits. */
  readonly reduced: readonly [number, number];
  readonly symmetric: readonly [number, number];
}

const facts = (
  dataType: number,
  bits: 4 | 8 | 16,
  full: [number, number],
  symmetric: [number, number],
  reduced: [number, number],
): TypeFacts => ({ dataType, bits, signed: full[0] < 0, full, symmetric, reduced });

/** Ranges of each type: onnxruntime/quantization/quant_utils.py, ONNX_INT_TYPE_RANGE and its two variants. */
export const QUANT: Readonly<Record<QuantType, TypeFacts>> = {
  QInt8: facts(DataType.INT8, 8, [-128, 127], [-127, 127], [-64, 64]),
  QUInt8: facts(DataType.UINT8, 8, [0, 255], [0, 255], [0, 127]),
  QInt16: facts(DataType.INT16, 16, [-32768, 32767], [-32767, 32767], [-16384, 16384]),
  QUInt16: facts(DataType.UINT16, 16, [0, 65535], [0, 65535], [0, 32767]),
  QInt4: facts(DataType.INT4, 4, [-8, 7], [-8, 7], [-4, 3]),
  QUInt4: facts(DataType.UINT4, 4, [0, 15], [0, 15], [0, 7]),
};

/** qmin and qmax. The reduced range wins over the symmetric one. */
export function quantRange(type: QuantType, symmetric: boolean, reduceRange: boolean): readonly [number, number] {
  const { full, symmetric: sym, reduced } = QUANT[type];
  return reduceRange ? reduced : symmetric ? sym : full;
}

/** Unless told otherwise weights are symmetric exactly for the signed types. */
export function isWeightSymmetric(type: QuantType): boolean {
  return QUANT[type].signed;
}

/** Ties to even, as numpy.round and ONNX's operators round. Exact for any double. */
export function roundHalfEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/** The nearest float16 to a double, rounded once (`floatToHalf` goes by way of float32). Ties to even. */
export function roundToHalf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 65520)) return Number.isNaN(x) ? x : x * Number.POSITIVE_INFINITY;
  const step = a < 2 ** -14 ? 2 ** -24 : 2 ** (Math.floor(Math.log2(a)) - 10);
  // A log2 that rounded up to the next power of two gives a step twice too wide only where both give that power.
  return roundHalfEven(x / step) * step;
}

/** The dtype in which ranges are subtracted and scales are kept: float32, or float16 for float16 tensors. */
export type ScaleType = 'float32' | 'float16';

const ROUND = { float32: Math.fround, float16: roundToHalf };
const SMALLEST_NORMAL = { float32: 2 ** -126, float16: 2 ** -14 };

export interface ScaleAndZero {
  /** Rounded to the scale's dtype. */
  scale: number;
  zeroPoint: number;
}

/**
 * Scale and zero point of a range, bit for bit as onnxruntime/quantization/quant_utils.py, `compute_scale_zp`: the range is
 * widened to hold 0 and subtracted in the tensor's dtype, the scale is divided in float64 and rounded once.
 * @param rmin, rmax in the dtype `type`
 * @throws PareError `recipe/not-applicable` for a range that is not finite, where the reference gives nonsense
 */
export function scaleAndZeroPoint(
  rmin: number,
  rmax: number,
  [qmin, qmax]: readonly [number, number],
  symmetric: boolean,
  minRealRange?: number,
  type: ScaleType = 'float32',
): ScaleAndZero {
  const round = ROUND[type];
  let low = Math.min(rmin, 0);
  let high = Math.max(rmax, 0);
  if (minRealRange !== undefined) high = Math.max(high, round(low + round(minRealRange)));
  if (symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  const range = round(high - low);
  if (!Number.isFinite(range)) {
    throw new PareError('recipe/not-applicable', `A range of ${rmin} … ${rmax} has no scale in ${type}.`, {
      hint: 'The tensor holds NaN, infinity or numbers too large to quantize. Exclude it.',
    });
  }
  const scale = range / (qmax - qmin);
  if (scale < SMALLEST_NORMAL[type]) return { scale: 1, zeroPoint: 0 };
  const zero = symmetric ? roundHalfEven((qmin + qmax) / 2) : roundHalfEven(qmin - low / scale);
  return { scale: round(scale), zeroPoint: zero === 0 ? 0 : zero };
}

/**
 * Scale and zero point of a uint8 activation whose zero point may only be at an end or in the middle:
 * quant_utils.py, `snap_zero_point_to_uint8` (option ActivationRestrictedAsymmetric). All in float64, rounded to float32.
 */
export function snappedScaleAndZeroPoint(
  rmin: number,
  rmax: number,
  [qmin, qmax]: readonly [number, number],
  minRealRange?: number,
): ScaleAndZero {
  const low = Math.min(rmin, 0);
  let high = Math.max(rmax, 0);
  if (minRealRange !== undefined && minRealRange > 0) high = Math.max(high, low + minRealRange);
  const mid = Math.floor((qmin + qmax + 1) / 2);
  let zeroPoint = qmin;
  let scale: number;
  if (high <= low) scale = 1 / (qmax - qmin);
  else if (low >= 0) scale = high / (qmax - qmin);
  else {
    zeroPoint = mid;
    scale = Math.max(-low / (mid - qmin), high / (qmax - mid));
  }
  scale = Math.fround(scale);
  if (minRealRange !== undefined && scale < minRealRange / (qmax - qmin)) {
    scale = Math.fround(minRealRange / (qmax - qmin));
  }
  return { scale, zeroPoint };
}
