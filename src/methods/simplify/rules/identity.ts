import { attrInt } from '../../../onnx/attributes.ts';
import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import { onlyFirstOutput, type Rule } from './rule.ts';

/** Identity, and operators on a list of one. */
export const identity: Rule = {
  ops: ['Identity', 'Sum', 'Max', 'Min', 'Mean', 'Concat'],
  apply(op, work) {
    if (op.inputs.length !== 1 || !op.inputs[0]) return false;
    return work.bypass(op, op.inputs[0]);
  },
};

function trains(op: Op, work: Work): boolean {
  if (work.opset < 7) return attrInt(op.node, 'is_test', 0) === 0;
  if (work.opset < 12 || !op.inputs[2]) return false;
  return work.ints(op, 2)?.[0] !== 0;
}

/** Dropout outside training gives its input (onnx/defs/nn/defs.cc, Dropout-7 … 22). */
export const dropout: Rule = {
  ops: ['Dropout'],
  apply: (op, work) => !trains(op, work) && onlyFirstOutput(op) && work.bypass(op, op.inputs[0]),
};
