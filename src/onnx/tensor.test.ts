import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { memorySource } from '../base/source.ts';
import { dtypeName, elementCount, rawBytes } from './dtypes.ts';
import { rangePayload, withPayload } from './payload.ts';
import { DataType, type TensorProto, TensorProtoSchema } from './proto.ts';
import { denseTensor } from './sparse.ts';
import { makeTensor, readFloats, readInts, readRaw, storedBytes } from './tensor.ts';

const tensor = (init: Partial<TensorProto>) =>
  create(TensorProtoSchema, { name: 't', ...init } as never) as TensorProto;

/** The same tensor with its packed typed field left outside, as the scanner does with large ones. */
function lazily(t: TensorProto, field: 4 | 5 | 7 | 10 | 11): TensorProto {
  const bytes = toBinary(TensorProtoSchema, t) as Uint8Array<ArrayBuffer>;
  const bare = tensor({ dataType: t.dataType, dims: t.dims });
  const start = toBinary(TensorProtoSchema, tensor({ dataType: t.dataType, dims: t.dims, name: undefined })).length;
  // dims, data_type, then the field: one tag byte and a length of one byte in tests this small.
  const at = bytes.findIndex((b, i) => i >= start - 3 && b === field * 8 + 2);
  return withPayload(bare, rangePayload(memorySource(bytes), at + 2, bytes[at + 1], field));
}

describe('numbers in typed fields', () => {
  const cases: [string, number, Partial<TensorProto>, 4 | 5 | 7 | 10 | 11, number[]][] = [
    ['float', DataType.FLOAT, { floatData: [1, -0.5] }, 4, [0, 0, 128, 63, 0, 0, 0, 191]],
    ['double', DataType.DOUBLE, { doubleData: [1, 2] }, 10, [0, 0, 0, 0, 0, 0, 240, 63, 0, 0, 0, 0, 0, 0, 0, 64]],
    [
      'int64',
      DataType.INT64,
      { int64Data: [-1n, 258n] },
      7,
      [255, 255, 255, 255, 255, 255, 255, 255, 2, 1, 0, 0, 0, 0, 0, 0],
    ],
    [
      'uint64',
      DataType.UINT64,
      { uint64Data: [2n ** 63n, 1n] },
      11,
      [0, 0, 0, 0, 0, 0, 0, 128, 1, 0, 0, 0, 0, 0, 0, 0],
    ],
    ['uint32', DataType.UINT32, { uint64Data: [4294967295n, 1n] }, 11, [255, 255, 255, 255, 1, 0, 0, 0]],
    ['int32', DataType.INT32, { int32Data: [-2, 3] }, 5, [254, 255, 255, 255, 3, 0, 0, 0]],
    ['int16', DataType.INT16, { int32Data: [-2, 3] }, 5, [254, 255, 3, 0]],
    ['uint16', DataType.UINT16, { int32Data: [65535, 3] }, 5, [255, 255, 3, 0]],
    ['int8', DataType.INT8, { int32Data: [-2, 3] }, 5, [254, 3]],
    ['uint8', DataType.UINT8, { int32Data: [254, 3] }, 5, [254, 3]],
    ['bool', DataType.BOOL, { int32Data: [1, 0] }, 5, [1, 0]],
    ['float16', DataType.FLOAT16, { int32Data: [0x3c00, 0xc000] }, 5, [0, 0x3c, 0, 0xc0]],
    ['bfloat16', DataType.BFLOAT16, { int32Data: [0x3f80, 0xc000] }, 5, [0x80, 0x3f, 0, 0xc0]],
    ['float8', DataType.FLOAT8E4M3FN, { int32Data: [0x38, 0xb8] }, 5, [0x38, 0xb8]],
    ['int4', DataType.INT4, { int32Data: [0x7f] }, 5, [0x7f]],
    ['uint2', DataType.UINT2, { int32Data: [0x0e] }, 5, [0x0e]],
  ];
  test.each(cases)('%s', async (_, dataType, fields, field, want) => {
    const t = tensor({ dataType, dims: [2n], ...fields });
    expect([...(await readRaw(t))]).toEqual(want);
    expect([...(await readRaw(lazily(t, field)))]).toEqual(want);
    expect(storedBytes(t)).toBe(want.length);
    // And as protobuf hands it back.
    expect([...(await readRaw(fromBinary(TensorProtoSchema, toBinary(TensorProtoSchema, t))))]).toEqual(want);
  });

  test('numbers in another dtype’s field, too few and too many are refused', async () => {
    await expect(readRaw(tensor({ dataType: DataType.INT32, dims: [2n], floatData: [1, 2] }))).rejects.toThrow(
      /0 bytes/,
    );
    const wrong = withPayload(
      tensor({ dataType: DataType.INT32, dims: [1n] }),
      rangePayload(memorySource(new Uint8Array(4)), 0, 4, 4),
    );
    await expect(readRaw(wrong)).rejects.toThrow(/field for others/);
    for (const n of [1, 3]) {
      const t = tensor({ dataType: DataType.FLOAT, dims: [2n], floatData: Array(n).fill(0) });
      await expect(readRaw(t)).rejects.toMatchObject({ code: 'model/corrupt' });
    }
    await expect(readRaw(tensor({ dataType: DataType.STRING, dims: [1n] }))).rejects.toThrow(/string/);
    await expect(readRaw(tensor({ dataType: 99, dims: [1n] }))).rejects.toThrow(/dtype 99/);
  });
});

test('floats of each width read as float32; ints as numbers', async () => {
  const f16 = makeTensor('h', DataType.FLOAT16, [2], Uint16Array.of(0x3c00, 0x7c00));
  expect([...(await readFloats(f16))]).toEqual([1, Number.POSITIVE_INFINITY]);
  const f64 = makeTensor('d', DataType.DOUBLE, [1], Float64Array.of(0.1));
  expect([...(await readFloats(f64))]).toEqual([Math.fround(0.1)]);
  const odd = new Uint8Array([9, ...new Uint8Array(Float32Array.of(7).buffer)]).subarray(1);
  expect([...(await readFloats(makeTensor('u', DataType.FLOAT, [], odd)))]).toEqual([7]);
  expect(await readInts(makeTensor('i', DataType.INT64, [2], BigInt64Array.of(-3n, 4n)))).toEqual([-3, 4]);
  await expect(readFloats(makeTensor('i', DataType.INT32, [1], new Int32Array(1)))).rejects.toThrow(/not a float/);
  await expect(readInts(f16)).rejects.toThrow(/not integers/);
});

test('element counts and sizes', () => {
  expect(elementCount([], 't')).toBe(1);
  expect(elementCount([3, 0, 5], 't')).toBe(0);
  expect(elementCount([2n ** 52n, 2n, 0n], 't')).toBe(0);
  expect(() => elementCount([2 ** 30, 2 ** 30], 't')).toThrow(/more than any file/);
  expect(() => elementCount([0, -1], 't')).toThrow(/-1/);
  // A million huge dims are no arithmetic of a million digits.
  expect(() => elementCount(new Array(1_000_000).fill(2n ** 62n), 't')).toThrow(/more than any file/);
  expect(rawBytes(DataType.INT4, 3)).toBe(2);
  expect(rawBytes(DataType.UINT2, 5)).toBe(2);
  expect(rawBytes(DataType.COMPLEX128, 2)).toBe(32);
  expect(dtypeName(DataType.STRING)).toBe('string');
});

describe('sparse tensors', () => {
  const sparse = (dims: bigint[], values: number[], indexDims: number[], indices: bigint[]) =>
    denseTensor({
      $typeName: 'onnx.SparseTensorProto',
      dims,
      values: makeTensor('s', DataType.FLOAT, [values.length], Float32Array.from(values)),
      indices: makeTensor('', DataType.INT64, indexDims, BigInt64Array.from(indices)),
    });

  test('are dense where they are read, by offset or by coordinates', async () => {
    const want = [0, 5, 0, 0, 0, 7];
    expect([...(await readFloats(sparse([2n, 3n], [5, 7], [2], [1n, 5n])))]).toEqual(want);
    expect([...(await readFloats(sparse([2n, 3n], [5, 7], [2, 2], [0n, 1n, 1n, 2n])))]).toEqual(want);
    expect([...(await readFloats(sparse([4n], [], [0], [])))]).toEqual([0, 0, 0, 0]);
  });

  test('count as the bytes they take in the file', () => {
    expect(storedBytes(sparse([2n, 3n], [5, 7], [2], [1n, 5n]))).toBe(8 + 16);
  });

  test('refuse indices outside them, and sizes out of all proportion', async () => {
    await expect(readFloats(sparse([2n, 3n], [5], [1], [6n]))).rejects.toThrow(/do not fit/);
    await expect(readFloats(sparse([2n, 3n], [5], [1, 2], [0n, 3n]))).rejects.toThrow(/do not fit/);
    await expect(readFloats(sparse([2n, 3n], [5, 6], [1], [0n]))).rejects.toThrow(/do not fit/);
    await expect(readFloats(sparse([1n << 28n], [5], [1], [0n]))).rejects.toMatchObject({ code: 'model/limit' });
  });
});
