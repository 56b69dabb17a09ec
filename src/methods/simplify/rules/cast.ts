import { attrInt } from '../../../onnx/attributes.ts';
import { dtypeName } from '../../../onnx/dtypes.ts';
import type { Rule } from './rule.ts';

/** Dtypes that hold every value of another one. */
const HOLDS: Readonly<Record<string, readonly string[]>> = {
  bool: ['uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'float16', 'float32', 'float64'],
  uint8: ['uint16', 'int16', 'int32', 'int64', 'float16', 'float32', 'float64'],
  int8: ['int16', 'int32', 'int64', 'float16', 'float32', 'float64'],
  uint16: ['int32', 'int64', 'float32', 'float64'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  int32: ['int64', 'float64'],
  float16: ['float32', 'float64'],
  bfloat16: ['float32', 'float64'],
  float32: ['float64'],
};

/** A Cast that loses nothing before another Cast: the second one does it alone. */
export const cast: Rule = {
  ops: ['Cast'],
  apply(op, work) {
    const first = op.scope.producer.get(op.inputs[0]);
    if (first?.op !== 'Cast') return false;
    const from = work.fact(first.inputs[0])?.dtype ?? '';
    const through = dtypeName(attrInt(first.node, 'to', 0));
    if (!Object.hasOwn(HOLDS, from) || !HOLDS[from].includes(through)) return false;
    if (dtypeName(attrInt(op.node, 'to', 0)) === from) return work.bypass(op, first.inputs[0]);
    if (!work.isOnly(op.scope, op.inputs[0])) return false;
    work.rewrite(op, { inputs: [first.inputs[0]] });
    return true;
  },
};
