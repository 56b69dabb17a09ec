import { attr } from '../../../onnx/attributes.ts';
import { tensorFloats } from '../../../onnx/shapes/inline.ts';
import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import type { Rule } from './rule.ts';

/** Whether a value is nothing but zeros, whatever its shape. */
function isZero(op: Op, name: string, work: Work): boolean {
  const constant = work.constant(op.scope, name);
  if (constant) return !!tensorFloats(constant)?.every((x) => x === 0);
  const maker = work.producer(op.scope, name);
  if (maker?.op === 'ConstantOfShape') {
    const value = attr(maker.node, 'value')?.t;
    return !value || !!tensorFloats(value)?.every((x) => x === 0);
  }
  return maker?.op === 'Expand' && isZero(maker, maker.inputs[0], work);
}

/** The initial states of a recurrent layer are zeros when they are not given, so zeros need not be (onnx/defs/rnn/defs.cc). */
export const zeroState: Rule = {
  ops: ['LSTM', 'GRU', 'RNN'],
  apply(op, work) {
    const last = op.op === 'LSTM' ? 6 : 5;
    const inputs = op.inputs.map((name, i) => (i >= 5 && i <= last && name && isZero(op, name, work) ? '' : name));
    if (inputs.every((name, i) => name === op.inputs[i])) return false;
    while (inputs.length > 3 && inputs.at(-1) === '') inputs.pop();
    work.rewrite(op, { inputs });
    return true;
  },
};
