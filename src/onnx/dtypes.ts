import { PareError } from '../base/errors.ts';
import { DataType } from './proto.ts';

/** A dtype's name as ONNX and numpy say it, and the bits one element takes in raw_data. */
export interface DType {
  readonly name: string;
  readonly bits: number;
  readonly float: boolean;
}

const TABLE: Readonly<Record<number, DType>> = {
  [DataType.FLOAT]: { name: 'float32', bits: 32, float: true },
  [DataType.UINT8]: { name: 'uint8', bits: 8, float: false },
  [DataType.INT8]: { name: 'int8', bits: 8, float: false },
  [DataType.UINT16]: { name: 'uint16', bits: 16, float: false },
  [DataType.INT16]: { name: 'int16', bits: 16, float: false },
  [DataType.INT32]: { name: 'int32', bits: 32, float: false },
  [DataType.INT64]: { name: 'int64', bits: 64, float: false },
  [DataType.BOOL]: { name: 'bool', bits: 8, float: false },
  [DataType.FLOAT16]: { name: 'float16', bits: 16, float: true },
  [DataType.DOUBLE]: { name: 'float64', bits: 64, float: true },
  [DataType.UINT32]: { name: 'uint32', bits: 32, float: false },
  [DataType.UINT64]: { name: 'uint64', bits: 64, float: false },
  [DataType.COMPLEX64]: { name: 'complex64', bits: 64, float: false },
  [DataType.COMPLEX128]: { name: 'complex128', bits: 128, float: false },
  [DataType.BFLOAT16]: { name: 'bfloat16', bits: 16, float: true },
  [DataType.FLOAT8E4M3FN]: { name: 'float8e4m3fn', bits: 8, float: true },
  [DataType.FLOAT8E4M3FNUZ]: { name: 'float8e4m3fnuz', bits: 8, float: true },
  [DataType.FLOAT8E5M2]: { name: 'float8e5m2', bits: 8, float: true },
  [DataType.FLOAT8E5M2FNUZ]: { name: 'float8e5m2fnuz', bits: 8, float: true },
  [DataType.UINT4]: { name: 'uint4', bits: 4, float: false },
  [DataType.INT4]: { name: 'int4', bits: 4, float: false },
  [DataType.FLOAT4E2M1]: { name: 'float4e2m1', bits: 4, float: true },
  [DataType.FLOAT8E8M0]: { name: 'float8e8m0', bits: 8, float: true },
  [DataType.UINT2]: { name: 'uint2', bits: 2, float: false },
  [DataType.INT2]: { name: 'int2', bits: 2, float: false },
};

/** The dtype of a `TensorProto.data_type`; undefined for strings, UNDEFINED and numbers that ONNX does not know. */
export function dtypeOf(dataType: number): DType | undefined {
  return TABLE[dataType];
}

/** The dtype's name, also for those that have no fixed size. */
export function dtypeName(dataType: number): string {
  return TABLE[dataType]?.name ?? (dataType === DataType.STRING ? 'string' : `dtype ${dataType}`);
}

/**
 * The product of the dims.
 * @throws PareError `model/corrupt` when a dim is negative or the count is past 2⁵³
 */
export function elementCount(dims: readonly (bigint | number)[], where: string): number {
  let n = 1;
  let zero = false;
  for (const d of dims) {
    if (d < 0) throw new PareError('model/corrupt', `${where}: a dimension is ${d}.`, { where });
    if (Number(d) === 0) zero = true;
    // Past 2⁵³ a double is no longer exact, but never becomes smaller again.
    n *= Number(d);
  }
  if (zero) return 0;
  if (n > Number.MAX_SAFE_INTEGER) {
    const shape = dims.slice(0, 8).join('×');
    throw new PareError('model/corrupt', `${where}: ${shape} elements are more than any file holds.`, { where });
  }
  return n;
}

/** Bytes that `count` elements take in raw_data; 2- and 4-bit elements are packed and the last byte is padded. */
export function rawBytes(dataType: number, count: number): number {
  return Math.ceil((count * (TABLE[dataType]?.bits ?? 0)) / 8);
}
