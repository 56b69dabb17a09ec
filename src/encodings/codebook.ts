import { lookUp } from '../kernels/loops/codebook.ts';
import { floatsToBrains, floatsToHalves } from '../onnx/float.ts';
import { DataType } from '../onnx/proto.ts';
import { Draft } from './draft.ts';
import { storageOf, storeIntegers, type Target } from './integers.ts';
import type { Codebook, CodebookValues } from './types.ts';

/** float32 numbers in another float dtype, as raw_data has them. */
export function floatsAs(values: Float32Array<ArrayBuffer>, dataType: number): ArrayBufferView<ArrayBuffer> {
  switch (dataType) {
    case DataType.FLOAT16:
      return floatsToHalves(values);
    case DataType.BFLOAT16:
      return floatsToBrains(values);
    case DataType.DOUBLE:
      return Float64Array.from(values);
    default:
      return values;
  }
}

/**
 * A Codebook layout as initializers and nodes: indices, Cast to int32, Gather from a table in the weight's own dtype. With a
 * table per channel, all tables are one, and each channel's indices start at its own.
 */
export function codebookDraft(layout: Codebook, target: Target, out: { dataType: number }): Draft<CodebookValues> {
  const draft = new Draft<CodebookValues>();
  const { bits, dims, axis } = layout;
  const storage = storageOf(bits, target);
  const since = storage === 'int4' ? 21 : storage === 'int2' ? 25 : 9;
  const stored = storeIntegers(draft, { bits, signed: false, dims }, target, (v) => v.index);
  let index = draft.op('Cast', [stored], since, { to: DataType.INT32 });
  const levels = 2 ** bits;
  const tables = axis === undefined ? 1 : dims[axis];
  if (axis !== undefined) {
    const starts = Int32Array.from({ length: tables }, (_, c) => c * levels);
    const startDims = [tables, ...dims.slice(axis + 1).map(() => 1)];
    index = draft.op('Add', [index, draft.store('starts', DataType.INT32, startDims, starts)], 7);
  }
  const table = draft.store('table', out.dataType, [tables * levels], (v) => floatsAs(v.table, out.dataType));
  draft.op('Gather', [table, index], out.dataType === DataType.BFLOAT16 ? 13 : 1);
  return draft;
}

/** The float32 weight that the nodes compute, before the table is rounded to the weight's own dtype. */
export function codebookFloats(
  { dims, bits, axis }: Codebook,
  { index, table }: CodebookValues,
): Float32Array<ArrayBuffer> {
  if (axis === undefined) return lookUp(index, table);
  const levels = 2 ** bits;
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(index.length);
  for (let from = 0, c = 0; from < out.length; from += inner, c = (c + 1) % dims[axis]) {
    const start = c * levels;
    for (let i = from; i < from + inner; i++) out[i] = table[start + index[i]];
  }
  return out;
}
