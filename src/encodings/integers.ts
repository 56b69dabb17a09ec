import { DataType } from '../onnx/proto.ts';
import type { Draft, Ref } from './draft.ts';
import { type Field, fieldsOf, packField, packNative, planeBytes } from './pack.ts';
import type { Bits } from './types.ts';

/** Where an encoding will stand: the graph's default opset, and whether 4- and 2-bit dtypes may be used. */
export interface Target {
  readonly opset: number;
  /** `packed` keeps to uint8 and shifts, which more runtimes know than int4 and int2. */
  readonly style: 'native' | 'packed';
  /**
   * When integers become floats. `load`: Cast and Mul, which every runtime folds into a plain float weight when it loads
   * the model. `run`: DequantizeLinear where the opset has it, which ONNX Runtime keeps for its integer kernels and
   * otherwise computes anew in each run.
   */
  readonly decode: 'load' | 'run';
}

/** How integers of a width stand in the file. */
export type Storage = 'int8' | 'int4' | 'int2' | 'packed';

/** The opset that brought a dtype for integers of this width; undefined where none did (ONNX 1.20). */
export function nativeOpset(bits: Bits): number | undefined {
  return bits === 8 ? 10 : bits === 4 ? 21 : bits === 2 ? 25 : undefined;
}

/** The dtype for integers of a width in a target, or `packed` into bytes. */
export function storageOf(bits: Bits, { opset, style }: Target): Storage {
  if (bits === 8) return 'int8';
  const since = nativeOpset(bits);
  if (style === 'packed' || since === undefined || opset < since) return 'packed';
  return bits === 4 ? 'int4' : 'int2';
}

/** The data type in which an integer of this storage arrives, as signed or as unsigned. */
export function integerType(storage: Storage, signed: boolean): number {
  switch (storage) {
    case 'int8':
      return signed ? DataType.INT8 : DataType.UINT8;
    case 'int4':
      return signed ? DataType.INT4 : DataType.UINT4;
    case 'int2':
      return signed ? DataType.INT2 : DataType.UINT2;
    case 'packed':
      return DataType.UINT8;
  }
}

/** Integers as raw_data of a storage has them (not `packed`, whose layout is fields'). */
export function rawIntegers(
  q: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
  storage: Storage,
): ArrayBufferView<ArrayBuffer> {
  return storage === 'int4' ? packNative(q, 4) : storage === 'int2' ? packNative(q, 2) : q;
}

/**
 * Integers of any width, with the dims given. In `packed` storage they arrive as uint8, signed ones with 2^(bits−1)
 * added.
 * @param pick the integers among the values
 */
export function storeIntegers<V>(
  draft: Draft<V>,
  spec: { bits: Bits; signed: boolean; dims: readonly number[] },
  target: Target,
  pick: (values: V) => Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
): Ref {
  const { bits, signed, dims } = spec;
  const storage = storageOf(bits, target);
  if (storage !== 'packed') {
    return draft.store('q', integerType(storage, signed), dims, (v) => rawIntegers(pick(v), storage));
  }
  const bias = signed ? 2 ** (bits - 1) : 0;
  const count = dims.reduce((a, b) => a * b, 1);
  const fields = fieldsOf(bits);
  const parts = fields.map((field) =>
    unpackField(draft, field, count, fields.length > 1, target, (v) => [pick(v), bias]),
  );
  let all = parts[0];
  if (parts.length > 1) all = target.opset >= 18 ? orAll(draft, parts) : sumAll(draft, parts, fields);
  if (count % 8) {
    const flat = draft.op('Reshape', [all, draft.ints('flat', [-1])], 5);
    all = draft.op('Slice', [flat, draft.ints('start', [0]), draft.ints('end', [count])], 10);
  }
  return draft.op('Reshape', [all, draft.ints('shape', dims)], 5);
}

/**
 * Nodes that give one field of every element as uint8 [2, 2, 2, 1, count / 8]. Left to the top of the byte and right to its
 * bottom isolates a field with BitShift alone (BitwiseAnd came with opset 18). Each of the 8 / width positions in a byte is
 * one shift over a long run, by broadcasting: the order of elements that `packField` writes.
 */
function unpackField<V>(
  draft: Draft<V>,
  field: Field,
  count: number,
  among: boolean,
  target: Target,
  pick: (values: V) => [ArrayLike<number>, number],
): Ref {
  const { width, shift } = field;
  const run = planeBytes(count);
  const dims = { 1: [1, 1, 1], 2: [1, 1, 2], 4: [1, 2, 2] }[width];
  const steps = dims.map((d) => 2 / d);
  const name = `u${width}`;
  const packed = draft.store(name, DataType.UINT8, [...dims, 1, run], (v) => packField(...pick(v), field));
  const left = Uint8Array.from({ length: 8 / width }, (_, j) => 8 - width - j * width);
  const lefts = draft.table(`left${width}`, DataType.UINT8, [...steps, 1, 1], left);
  const bits = draft.op('BitShift', [packed, lefts], 11, { direction: 'LEFT' });
  const alone = draft.op('BitShift', [bits, uint8(draft, 8 - width)], 11, { direction: 'RIGHT' });
  if (!among || shift === 0 || target.opset < 18) return alone;
  return draft.op('BitShift', [alone, uint8(draft, shift)], 11, { direction: 'LEFT' });
}

function uint8<V>(draft: Draft<V>, value: number): Ref {
  return draft.table(`byte${value}`, DataType.UINT8, [], Uint8Array.of(value));
}

function orAll<V>(draft: Draft<V>, parts: readonly Ref[]): Ref {
  return parts.reduce((a, b) => draft.op('BitwiseOr', [a, b], 18));
}

/**
 * Before BitwiseOr the only operators that add bytes to bytes are the quantized products: Σ field · 2^shift as a row times
 * a matrix with every scale 1 and every zero point 0, exact in int32.
 */
function sumAll<V>(draft: Draft<V>, parts: readonly Ref[], fields: readonly Field[]): Ref {
  const stacked = draft.op('Concat', parts, 4, { axis: 3 });
  const powers = Uint8Array.from(fields, (f) => 2 ** f.shift);
  const row = draft.table(`powers${powers.join('_')}`, DataType.UINT8, [1, powers.length], powers);
  const one = draft.table('one', DataType.FLOAT, [], Float32Array.of(1));
  const zero = uint8(draft, 0);
  return draft.op('QLinearMatMul', [row, one, zero, stacked, one, zero, one, zero], 10);
}
