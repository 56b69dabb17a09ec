import { create } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { dtypeName, dtypeOf, elementCount, rawBytes } from './dtypes.ts';
import { brainsToFloats, halvesToFloats } from './float.ts';
import { memoryPayload, type Payload, payloadOf, withPayload } from './payload.ts';
import { DataType, type TensorProto, TensorProtoSchema } from './proto.ts';
import { LAZY_BYTES } from './scan.ts';
import { unpackVarints } from './varints.ts';

/** Dims as numbers. */
export function dimsOf(tensor: TensorProto): number[] {
  return tensor.dims.map(Number);
}

/** Elements of the tensor; 1 for a scalar. @throws PareError `model/corrupt` for negative or absurd dims */
export function sizeOf(tensor: TensorProto): number {
  return elementCount(tensor.dims, tensor.name);
}

/** Bytes that the numbers take in the file. */
export function storedBytes(tensor: TensorProto): number {
  const payload = payloadOf(tensor);
  if (payload) return payload.size;
  if (tensor.rawData?.length) return tensor.rawData.length;
  if (tensor.dataType === DataType.STRING) return tensor.stringData.reduce((n, s) => n + s.length, 0);
  return rawBytes(tensor.dataType ?? 0, sizeOf(tensor));
}

function bytesOf(array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The typed fields as raw bytes, by the rules of onnx.proto's comments (what narrower dtypes store in int32_data). */
function typedFieldBytes(tensor: TensorProto): Uint8Array<ArrayBuffer> {
  const bits = dtypeOf(tensor.dataType ?? 0)?.bits ?? 0;
  if (tensor.floatData.length) return bytesOf(Float32Array.from(tensor.floatData));
  if (tensor.doubleData.length) return bytesOf(Float64Array.from(tensor.doubleData));
  if (tensor.int64Data.length) return bytesOf(BigInt64Array.from(tensor.int64Data));
  if (tensor.uint64Data.length) {
    return bits === 32
      ? bytesOf(Uint32Array.from(tensor.uint64Data, Number))
      : bytesOf(BigUint64Array.from(tensor.uint64Data));
  }
  const ints = tensor.int32Data;
  if (bits === 32) return bytesOf(Int32Array.from(ints));
  if (bits === 16) return bytesOf(Uint16Array.from(ints));
  return Uint8Array.from(ints);
}

/** A payload that is a packed field as raw_data would have it. */
function unpackField(
  tensor: TensorProto,
  field: Payload['field'],
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (field === 9 || field === 4 || field === 10) return bytes;
  return unpackVarints(
    bytes,
    field === 5
      ? Math.min(32, dtypeOf(tensor.dataType ?? 0)?.bits || 8)
      : tensor.dataType === DataType.UINT32
        ? 32
        : 64,
    sizeOf(tensor),
  );
}

/**
 * A tensor's numbers as raw_data would have them: little-endian, 2- and 4-bit elements packed. Do not write to it.
 * @throws PareError `model/unsupported` for strings, `model/corrupt` when the bytes do not fit the dims
 */
export async function readRaw(tensor: TensorProto): Promise<Uint8Array<ArrayBuffer>> {
  const dataType = tensor.dataType ?? 0;
  if (!dtypeOf(dataType)) {
    throw new PareError(
      'model/unsupported',
      `Tensor "${tensor.name}" is ${dtypeName(dataType)}, which has no numbers.`,
      {
        where: tensor.name,
      },
    );
  }
  const payload = payloadOf(tensor);
  const bytes = payload
    ? unpackField(tensor, payload.field, await payload.read())
    : tensor.rawData?.length
      ? (tensor.rawData as Uint8Array<ArrayBuffer>)
      : typedFieldBytes(tensor);
  const expected = rawBytes(dataType, sizeOf(tensor));
  if (bytes.byteLength !== expected) {
    throw new PareError(
      'model/corrupt',
      `Tensor "${tensor.name}" has ${bytes.byteLength} bytes where its shape [${tensor.dims.join(', ')}] of ${dtypeName(dataType)} needs ${expected}.`,
      { where: tensor.name, hint: 'The file is damaged or was written wrongly. Export it again.' },
    );
  }
  return bytes;
}

/** Bytes as a typed array, without a copy where the alignment allows. */
export function viewAs<T>(
  type: { new (buffer: ArrayBuffer, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
  bytes: Uint8Array<ArrayBuffer>,
): T {
  const size = type.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / size);
}

/** Whether `readFloats` can read it. */
export function isFloatTensor(tensor: TensorProto): boolean {
  return FLOATS.has(tensor.dataType ?? 0);
}
const FLOATS: ReadonlySet<number> = new Set([DataType.FLOAT, DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE]);

/**
 * The numbers of a float tensor as float32: float16 and bfloat16 widen exactly, float64 is rounded. Do not write to it.
 * @throws PareError `model/unsupported` for other dtypes
 */
export async function readFloats(tensor: TensorProto): Promise<Float32Array<ArrayBuffer>> {
  const raw = await readRaw(tensor);
  switch (tensor.dataType) {
    case DataType.FLOAT:
      return viewAs(Float32Array<ArrayBuffer>, raw);
    case DataType.FLOAT16:
      return halvesToFloats(viewAs(Uint16Array<ArrayBuffer>, raw));
    case DataType.BFLOAT16:
      return brainsToFloats(viewAs(Uint16Array<ArrayBuffer>, raw));
    case DataType.DOUBLE:
      return Float32Array.from(viewAs(Float64Array<ArrayBuffer>, raw));
    default:
      throw new PareError(
        'model/unsupported',
        `Tensor "${tensor.name}" is ${dtypeName(tensor.dataType ?? 0)}, not a float.`,
        {
          where: tensor.name,
        },
      );
  }
}

/** An int64 or int32 tensor as numbers, as shapes and axes are. @throws PareError for other dtypes */
export async function readInts(tensor: TensorProto): Promise<number[]> {
  const raw = await readRaw(tensor);
  if (tensor.dataType === DataType.INT64) return Array.from(viewAs(BigInt64Array<ArrayBuffer>, raw), Number);
  if (tensor.dataType === DataType.INT32) return Array.from(viewAs(Int32Array<ArrayBuffer>, raw));
  throw new PareError(
    'model/unsupported',
    `Tensor "${tensor.name}" is ${dtypeName(tensor.dataType ?? 0)}, not integers.`,
    {
      where: tensor.name,
    },
  );
}

/**
 * A tensor message. Small contents go inside as raw_data, as the scanner would have left them; large ones and
 * computations stay a payload.
 */
export function makeTensor(
  name: string,
  dataType: number,
  dims: readonly number[],
  content: ArrayBufferView<ArrayBuffer> | Payload,
): TensorProto {
  const tensor = create(TensorProtoSchema, { name, dataType, dims: dims.map(BigInt) });
  if (!ArrayBuffer.isView(content)) return withPayload(tensor, content);
  const bytes = bytesOf(content);
  if (bytes.byteLength >= LAZY_BYTES) return withPayload(tensor, memoryPayload(bytes));
  tensor.rawData = bytes;
  return tensor;
}
