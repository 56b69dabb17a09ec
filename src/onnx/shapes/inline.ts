import { payloadOf } from '../payload.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { viewAs } from '../tensor.ts';
import { MAX_DATA } from './context.ts';

/** Reads what a message holds as typed fields or as raw bytes; undefined when neither has the right number of elements. */
function elements<T extends number | bigint>(
  tensor: TensorProto,
  typed: readonly T[],
  type: { new (b: ArrayBuffer, o: number, n: number): ArrayLike<T>; BYTES_PER_ELEMENT: number },
): number[] | undefined {
  const count = tensor.dims.reduce((a, b) => a * Number(b), 1);
  if (!(count >= 0 && count <= MAX_DATA)) return undefined;
  const raw = tensor.rawData;
  if (raw?.length) {
    if (raw.length !== count * type.BYTES_PER_ELEMENT) return undefined;
    return Array.from(viewAs(type, raw as Uint8Array<ArrayBuffer>), Number);
  }
  return typed.length === count ? Array.from(typed, Number) : undefined;
}

/**
 * The elements of a small integer or bool tensor whose numbers are inside its message; undefined for others. Unlike
 * `readInts` it needs no waiting, which is what lets a whole graph be gone through in one go.
 */
export function tensorInts(tensor: TensorProto): number[] | undefined {
  if (payloadOf(tensor)) return undefined;
  switch (tensor.dataType) {
    case DataType.INT64:
      return elements(tensor, tensor.int64Data, BigInt64Array<ArrayBuffer>);
    case DataType.UINT64:
      return elements(tensor, tensor.uint64Data, BigUint64Array<ArrayBuffer>);
    case DataType.INT32:
      return elements(tensor, tensor.int32Data, Int32Array<ArrayBuffer>);
    case DataType.UINT32:
      return elements(tensor, tensor.uint64Data, Uint32Array<ArrayBuffer> as never);
    case DataType.INT8:
      return elements(tensor, tensor.int32Data, Int8Array<ArrayBuffer>);
    case DataType.UINT8:
    case DataType.BOOL:
      return elements(tensor, tensor.int32Data, Uint8Array<ArrayBuffer>);
    default:
      return undefined;
  }
}

/** The same of a small float32 or float64 tensor. */
export function tensorFloats(tensor: TensorProto): number[] | undefined {
  if (payloadOf(tensor)) return undefined;
  if (tensor.dataType === DataType.FLOAT) return elements(tensor, tensor.floatData, Float32Array<ArrayBuffer>);
  if (tensor.dataType === DataType.DOUBLE) return elements(tensor, tensor.doubleData, Float64Array<ArrayBuffer>);
  return undefined;
}
