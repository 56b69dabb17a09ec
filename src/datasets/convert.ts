import { floatsToHalves } from '../onnx/float.ts';
import type { TensorData, TensorType } from './types.ts';

/** What rows are written to before they become the model's dtype: doubles where float32 would lose integers. */
export type Scratch = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

export function scratch(dtype: TensorType, size: number): Scratch {
  return dtype === 'float32' || dtype === 'float16' ? new Float32Array(size) : new Float64Array(size);
}

/** Whole numbers, halves to even as ONNX's QuantizeLinear rounds, kept inside the dtype's range; NaN becomes 0. */
function toIntegers<T extends TensorData>(values: Scratch, out: T, min: number, max: number): T {
  const wide = out instanceof BigInt64Array || out instanceof BigUint64Array;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    const floor = Math.floor(v);
    const even = v - floor === 0.5 ? floor + (Math.abs(floor) % 2) : Math.round(v);
    const bounded = Number.isNaN(even) ? 0 : Math.min(max, Math.max(min, even));
    if (wide) out[i] = BigInt(bounded);
    else (out as Float64Array)[i] = bounded;
  }
  return out;
}

/** The numbers in the model's dtype. May be the same array. */
export function toDtype(values: Scratch, dtype: TensorType): TensorData {
  const n = values.length;
  const safe = Number.MAX_SAFE_INTEGER;
  switch (dtype) {
    case 'float32':
    case 'float64':
      return values;
    case 'float16':
      return floatsToHalves(values as Float32Array);
    case 'uint8':
      return toIntegers(values, new Uint8Array(n), 0, 255);
    case 'int8':
      return toIntegers(values, new Int8Array(n), -128, 127);
    case 'uint16':
      return toIntegers(values, new Uint16Array(n), 0, 65535);
    case 'int16':
      return toIntegers(values, new Int16Array(n), -32768, 32767);
    case 'uint32':
      return toIntegers(values, new Uint32Array(n), 0, 2 ** 32 - 1);
    case 'int32':
      return toIntegers(values, new Int32Array(n), -(2 ** 31), 2 ** 31 - 1);
    case 'int64':
      return toIntegers(values, new BigInt64Array(n), -safe, safe);
    case 'uint64':
      return toIntegers(values, new BigUint64Array(n), 0, safe);
    case 'bool':
      return Uint8Array.from(values, (v) => (v !== 0 ? 1 : 0));
  }
}
