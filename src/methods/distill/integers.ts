import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { readRaw, sizeOf, viewAs } from '../../onnx/tensor.ts';

/** Least and largest number of the integer dtypes that learning can write again. */
export const INTEGERS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [DataType.INT8, [-128, 127]],
  [DataType.UINT8, [0, 255]],
  [DataType.INT16, [-32768, 32767]],
  [DataType.UINT16, [0, 65535]],
  [DataType.INT4, [-8, 7]],
  [DataType.UINT4, [0, 15]],
  [DataType.INT32, [-(2 ** 31), 2 ** 31 - 1]],
]);

/** An integer tensor of a dtype in `INTEGERS` as numbers; two 4-bit ones are in each byte, the first in its lower half. */
export async function readIntegers(tensor: TensorProto): Promise<ArrayLike<number>> {
  const raw = await readRaw(tensor);
  switch (tensor.dataType) {
    case DataType.INT8:
      return viewAs(Int8Array<ArrayBuffer>, raw);
    case DataType.INT16:
      return viewAs(Int16Array<ArrayBuffer>, raw);
    case DataType.UINT16:
      return viewAs(Uint16Array<ArrayBuffer>, raw);
    case DataType.INT32:
      return viewAs(Int32Array<ArrayBuffer>, raw);
    case DataType.INT4:
    case DataType.UINT4: {
      const signed = tensor.dataType === DataType.INT4;
      const nibble = (i: number) => (raw[i >> 1] >> (i & 1 ? 4 : 0)) & 15;
      return Int8Array.from({ length: sizeOf(tensor) }, (_, i) => (signed ? (nibble(i) ^ 8) - 8 : nibble(i)));
    }
    default:
      return raw;
  }
}

/** Numbers as raw_data of an integer dtype. */
export function integersAs(q: ArrayLike<number>, dataType: number): ArrayBufferView<ArrayBuffer> {
  switch (dataType) {
    case DataType.INT8:
      return Int8Array.from(q);
    case DataType.INT16:
      return Int16Array.from(q);
    case DataType.UINT16:
      return Uint16Array.from(q);
    case DataType.INT32:
      return Int32Array.from(q);
    case DataType.INT4:
    case DataType.UINT4: {
      const packed = new Uint8Array((q.length + 1) >> 1);
      for (let i = 0; i < q.length; i++) packed[i >> 1] |= (q[i] & 15) << (i & 1 ? 4 : 0);
      return packed;
    }
    default:
      return Uint8Array.from(q);
  }
}
