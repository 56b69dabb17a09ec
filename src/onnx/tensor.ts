import { create } from '@bufbuild/protobuf';
import { bytesOf } from '../base/bytes.ts';
import { PareError } from '../base/errors.ts';
import type { Loan } from '../base/memory.ts';
import { type DType, dtypeName, dtypeOf, elementCount, rawBytes } from './dtypes.ts';
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
  if (payload) return payload.stored ?? payload.size;
  if (tensor.rawData?.length) return tensor.rawData.length;
  if (tensor.dataType === DataType.STRING) return tensor.stringData.reduce((n, s) => n + s.length, 0);
  return rawBytes(tensor.dataType ?? 0, sizeOf(tensor));
}

/** The typed field that holds a dtype's numbers (onnx.proto, TensorProto); the narrow dtypes share int32_data. */
function fieldOf(dataType: number): Payload['field'] {
  switch (dataType) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return 4;
    case DataType.DOUBLE:
    case DataType.COMPLEX128:
      return 10;
    case DataType.INT64:
      return 7;
    case DataType.UINT32:
    case DataType.UINT64:
      return 11;
    default:
      return 5;
  }
}

/** The typed fields as raw bytes, by the rules of onnx.proto's comments (what narrower dtypes store in int32_data). */
function typedFieldBytes(tensor: TensorProto, bits: number): Uint8Array<ArrayBuffer> {
  switch (fieldOf(tensor.dataType)) {
    case 4:
      return bytesOf(Float32Array.from(tensor.floatData));
    case 10:
      return bytesOf(Float64Array.from(tensor.doubleData));
    case 7:
      return bytesOf(BigInt64Array.from(tensor.int64Data));
    case 11:
      return bits === 32
        ? bytesOf(Uint32Array.from(tensor.uint64Data, Number))
        : bytesOf(BigUint64Array.from(tensor.uint64Data));
    default:
      if (bits === 32) return bytesOf(Int32Array.from(tensor.int32Data));
      return bits === 16 ? bytesOf(Uint16Array.from(tensor.int32Data)) : Uint8Array.from(tensor.int32Data);
  }
}

/** A payload as raw_data would have it: packed fields of varints are unpacked. */
function payloadBytes(tensor: TensorProto, payload: Payload, bits: number, bytes: Uint8Array<ArrayBuffer>) {
  if (payload.field === 9) return bytes;
  const field = fieldOf(tensor.dataType);
  if (payload.field !== field) {
    throw new PareError(
      'model/corrupt',
      `Tensor "${tensor.name}" is ${dtypeName(tensor.dataType)} and has its numbers in a field for others.`,
      { where: tensor.name },
    );
  }
  return field === 4 || field === 10 ? bytes : unpackVarints(bytes, bits, sizeOf(tensor));
}

function dtypeOrThrow(tensor: TensorProto): DType {
  const dtype = dtypeOf(tensor.dataType);
  if (dtype) return dtype;
  throw new PareError(
    'model/unsupported',
    `Tensor "${tensor.name}" is ${dtypeName(tensor.dataType)}, which has no numbers.`,
    { where: tensor.name },
  );
}

function checkFit(tensor: TensorProto, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const expected = rawBytes(tensor.dataType, sizeOf(tensor));
  if (bytes.byteLength === expected) return bytes;
  const shape = tensor.dims.join(', ');
  throw new PareError(
    'model/corrupt',
    `Tensor "${tensor.name}" has ${bytes.byteLength} bytes where its shape [${shape}] of ${dtypeName(tensor.dataType)} needs ${expected}.`,
    { where: tensor.name, hint: 'The file is damaged or was written wrongly. Export it again.' },
  );
}

/**
 * The numbers of a tensor that has them inside its message, as `readRaw` gives them but at once; undefined for one whose numbers are
 * elsewhere, as all of 4 KiB and more are. For shapes, axes and scales, which are small.
 * @throws PareError as `readRaw`
 */
export function rawNow(tensor: TensorProto): Uint8Array<ArrayBuffer> | undefined {
  const { bits } = dtypeOrThrow(tensor);
  if (payloadOf(tensor)) return undefined;
  return checkFit(
    tensor,
    tensor.rawData.length ? (tensor.rawData as Uint8Array<ArrayBuffer>) : typedFieldBytes(tensor, bits),
  );
}

/**
 * A tensor's numbers as raw_data would have them: little-endian, 2- and 4-bit elements packed. Do not write to it.
 * @param loan memory that they may be read into
 * @throws PareError `model/unsupported` for strings, `model/corrupt` when the bytes do not fit the dims
 */
export async function readRaw(tensor: TensorProto, loan?: Loan): Promise<Uint8Array<ArrayBuffer>> {
  const { bits } = dtypeOrThrow(tensor);
  const payload = payloadOf(tensor);
  if (!payload) return rawNow(tensor)!;
  return checkFit(tensor, payloadBytes(tensor, payload, bits, await payload.read(0, payload.size, loan)));
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
 * Raw little-endian floats as float32: float16 and bfloat16 widen exactly, float64 is rounded. Shares memory with `raw`
 * where it can; do not write to it. The dtype must be one that `isFloatTensor` knows.
 */
export function rawToFloats(raw: Uint8Array<ArrayBuffer>, dataType: number): Float32Array<ArrayBuffer> {
  if (dataType === DataType.FLOAT16) return halvesToFloats(viewAs(Uint16Array<ArrayBuffer>, raw));
  if (dataType === DataType.BFLOAT16) return brainsToFloats(viewAs(Uint16Array<ArrayBuffer>, raw));
  if (dataType === DataType.DOUBLE) return Float32Array.from(viewAs(Float64Array<ArrayBuffer>, raw));
  return viewAs(Float32Array<ArrayBuffer>, raw);
}

/**
 * The numbers of a float tensor as float32, see `rawToFloats`. Do not write to it.
 * @throws PareError `model/unsupported` for other dtypes
 */
export async function readFloats(tensor: TensorProto, loan?: Loan): Promise<Float32Array<ArrayBuffer>> {
  if (!isFloatTensor(tensor)) {
    throw new PareError(
      'model/unsupported',
      `Tensor "${tensor.name}" is ${dtypeName(tensor.dataType ?? 0)}, not a float.`,
      { where: tensor.name },
    );
  }
  return rawToFloats(await readRaw(tensor, loan), tensor.dataType ?? 0);
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
