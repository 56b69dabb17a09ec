import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../onnx/tensor.ts';
import { roundHalfEven, roundToHalf } from '../ort/arithmetic.ts';
import { scaleBytes } from '../ort/initializer.ts';
import type { InitializerParameters } from './initializers.ts';

const INT32_MIN = -2147483648;
const INT32_MAX = 2147483647;

/** A bias as int32, its scales and its zero points. */
export interface QuantizedBias {
  readonly q: TensorProto;
  readonly scale: TensorProto;
  readonly zeroPoint: TensorProto;
  readonly channels: number;
}

/**
 * q = clip(round(b / (input scale · weight scale · beta))), the scale in float32 (float16 where all are): base_quantizer.py,
 * `quantize_bias_static_impl`.
 */
export async function quantizeBias(
  bias: TensorProto,
  inputScale: number,
  weightScale: Float32Array,
  beta: number,
  allHalf: boolean,
  names: { q: string; scale: string; zeroPoint: string },
): Promise<QuantizedBias> {
  const round = allHalf ? roundToHalf : Math.fround;
  const scale = Float32Array.from(weightScale, (s) => round(round(inputScale * s) * round(beta)));
  const b = await readFloats(bias);
  const q = Int32Array.from(b, (v, i) => {
    const x = roundHalfEven(v / scale[scale.length === 1 ? 0 : i]);
    return Math.min(INT32_MAX, Math.max(INT32_MIN, x));
  });
  const n = scale.length;
  return {
    q: makeTensor(names.q, DataType.INT32, dimsOf(bias), q),
    scale: makeTensor(names.scale, bias.dataType, [n], scaleBytes(scale, bias.dataType)),
    zeroPoint: makeTensor(names.zeroPoint, DataType.INT32, n > 1 ? [n] : [], new Int32Array(n)),
    channels: n,
  };
}

/** 2³² − 2: int32 without its smallest. */
const INT32_RANGE = INT32_MAX - (INT32_MIN + 1);

/**
 * Widens the scales of a symmetric weight where the bias would not fit into int32 at the scale it gets with them:
 * `_adjust_weight_scale_for_int32_bias`. The numbers are kept in the precision that numpy has there.
 * @returns whether anything changed
 */
export async function adjustWeightScale(
  weight: Pick<InitializerParameters, 'scale'>,
  inputScale: number,
  bias: TensorProto,
  perChannel: boolean,
  half: boolean,
): Promise<boolean> {
  const b = await readFloats(bias);
  if (b.length === 0) return false;
  const round = half ? roundToHalf : Math.fround;
  let changed = false;
  const widen = (i: number, smallest: number) => {
    const candidate = inputScale * weight.scale[i];
    if (!(candidate > 0 && candidate < smallest)) return;
    weight.scale[i] = round(weight.scale[i] * (smallest / candidate));
    changed = true;
  };
  if (!perChannel) {
    let low = 0;
    let high = 0;
    for (const v of b) {
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
    widen(0, (1.0001 * (2 * Math.max(-low, high))) / INT32_RANGE);
    return changed;
  }
  const f = bias.dataType === DataType.FLOAT16 ? roundToHalf : Math.fround;
  const n = Math.min(b.length, weight.scale.length);
  for (let i = 0; i < n; i++) widen(i, f(f(1.0001) * f(2 * Math.abs(b[i]))) / INT32_RANGE);
  return changed;
}
