import { computedPayload } from '../../onnx/payload.ts';
import { DataType, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';

/** int64 constants: shapes, axes, pads. */
export function intTensor(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return makeTensor(name, DataType.INT64, dims, BigInt64Array.from(values, BigInt));
}

/** A float32 tensor that is computed from others when it is read. */
export function floatTensor(
  name: string,
  dims: readonly number[],
  sources: readonly TensorProto[],
  compute: (...sources: Float32Array<ArrayBuffer>[]) => Float32Array<ArrayBuffer>,
): TensorProto {
  const size = 4 * dims.reduce((a, b) => a * b, 1);
  return makeTensor(
    name,
    DataType.FLOAT,
    dims,
    computedPayload(size, async () => {
      const { buffer, byteOffset, byteLength } = compute(...(await Promise.all(sources.map((t) => readFloats(t)))));
      return new Uint8Array(buffer, byteOffset, byteLength);
    }),
  );
}
