import { attr } from '../../onnx/attributes.ts';
import { copyWith, DataType, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Op } from './scope.ts';
import type { Work } from './work.ts';

/** The tensor that a Constant node gives, named as its output; undefined for strings and sparse ones. */
function tensorOf(op: Op): TensorProto | undefined {
  const name = op.outputs[0];
  const value = attr(op.node, 'value')?.t;
  if (value) return copyWith(value, { name });
  const a = op.attribute.find((x) => x.name.startsWith('value_'));
  switch (a?.name) {
    case 'value_int':
      return makeTensor(name, DataType.INT64, [], BigInt64Array.of(a.i));
    case 'value_ints':
      return makeTensor(name, DataType.INT64, [a.ints.length], BigInt64Array.from(a.ints));
    case 'value_float':
      return makeTensor(name, DataType.FLOAT, [], Float32Array.of(a.f));
    case 'value_floats':
      return makeTensor(name, DataType.FLOAT, [a.floats.length], Float32Array.from(a.floats));
    default:
      return undefined;
  }
}

/** Constant nodes become initializers. Gives how many did. */
export function liftConstants(work: Work): number {
  let count = 0;
  for (const scope of work.scopes) {
    for (const op of scope.ops) {
      if (op.dead || op.op !== 'Constant' || op.outputs.length !== 1) continue;
      const tensor = tensorOf(op);
      if (!tensor) continue;
      work.becomeConstant(op, [tensor]);
      count++;
    }
  }
  return count;
}
