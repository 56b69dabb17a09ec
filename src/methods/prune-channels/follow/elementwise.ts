import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';

/** What a node does to the labels; false when that cannot be said, and then all its inputs stay as they are. */
export type Follow = (op: Op, t: Tracker) => boolean;

const words = (text: string) => text.split(' ');

/** Operators that take each element for itself. What they take beside their first input is no tensor of channels. */
export const UNARY: readonly string[] = words(
  'Identity Cast Relu LeakyRelu Elu Selu Celu Sigmoid HardSigmoid HardSwish Softplus Softsign Tanh ThresholdedRelu Mish Swish Gelu Erf Clip ' +
    'Exp Log Sqrt Neg Abs Sign Floor Ceil Round Reciprocal Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf Not Shrink ' +
    'Dropout FastGelu QuickGelu BitwiseNot',
);

/** Operators that take elements of several tensors together, small ones stretched over large ones. */
export const BROADCAST: readonly string[] = words(
  'Add Sub Mul Div Pow Mod PRelu Min Max Mean Sum Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor BiasGelu BitShift',
);

export const unary: Follow = (op, t) => {
  const axes = t.axes(op.inputs[0]);
  if (!axes) return false;
  for (let i = 0; i < op.outputs.length; i++) t.set(op, i, axes);
  return true;
};

/** The axes of what tensors give together, by NumPy's rules of broadcasting. */
function broadcastAxes(op: Op, t: Tracker, parts: readonly { name: string; rank: number }[]): Axis[] {
  const rank = Math.max(...parts.map((p) => p.rank));
  return Array.from({ length: rank }, (_, k) => {
    let out: Axis | undefined;
    for (const part of parts) {
      const at = k - rank + part.rank;
      if (at < 0 || t.dims(part.name)?.[at] === 1) continue;
      const axis = t.axis(part.name, at);
      out = out === undefined ? axis : t.unify(out, axis, op);
    }
    return out ?? null;
  });
}

export const broadcast: Follow = (op, t) => {
  const parts: { name: string; rank: number }[] = [];
  for (const name of op.inputs) {
    if (!name) continue;
    const rank = t.rank(name);
    if (rank === undefined) return false;
    parts.push({ name, rank });
  }
  if (parts.length === 0) return false;
  t.set(op, 0, broadcastAxes(op, t, parts));
  return true;
};
