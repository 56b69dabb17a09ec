import { DataType, type TensorProto } from '../../onnx/proto.ts';
import type { Fact } from '../../onnx/shapes/context.ts';
import { numericDims } from '../../onnx/shapes/dims.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Op } from './scope.ts';
import type { Work } from './work.ts';

const MAKE: Readonly<Record<string, [dataType: number, array: (values: number[]) => ArrayBufferView<ArrayBuffer>]>> = {
  int64: [DataType.INT64, (v) => BigInt64Array.from(v, BigInt)],
  int32: [DataType.INT32, (v) => Int32Array.from(v)],
  bool: [DataType.BOOL, (v) => Uint8Array.from(v)],
};

/** The tensor that a value is, when inference knows all of its elements. */
function tensorOf(name: string, fact: Fact | undefined): TensorProto | undefined {
  const make = fact && MAKE[fact.dtype];
  const data = numericDims(fact?.data);
  const dims = numericDims(fact?.dims);
  // Numbers past 2⁵³ may stand for others near them.
  if (!make || !data || !dims || !data.every(Number.isSafeInteger)) return undefined;
  return makeTensor(name, make[0], dims, make[1](data));
}

/** Arithmetic on shapes whose result is known although its inputs are no constants becomes a constant. */
export function foldKnown(op: Op, work: Work): boolean {
  if (op.domain !== '' || op.inner.length > 0 || op.op === 'Constant') return false;
  const tensors = op.outputs.map((name) => (name ? tensorOf(name, work.fact(name)) : undefined));
  if (!op.outputs.some(Boolean) || !op.outputs.every((name, i) => !name || tensors[i])) return false;
  work.becomeConstant(op, tensors);
  return true;
}
