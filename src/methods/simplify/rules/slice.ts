import type { Op } from '../scope.ts';
import { intTensor } from '../tensors.ts';
import type { Work } from '../work.ts';
import type { Rule } from './rule.ts';

interface Ranges {
  starts: number[];
  ends: number[];
  axes: number[];
  steps: number[];
}

/** What a Slice of constants takes along which axes, counted from the front. */
function rangesOf(op: Op, work: Work): Ranges | undefined {
  const rank = work.fact(op.inputs[0])?.dims?.length;
  const [starts, ends] = [work.ints(op, 1), work.ints(op, 2)];
  if (!starts || !ends || rank === undefined) return undefined;
  const axes = op.inputs[3] ? work.ints(op, 3) : starts.map((_, i) => i);
  const steps = op.inputs[4] ? work.ints(op, 4) : starts.map(() => 1);
  if (!axes || !steps || axes.length !== starts.length || steps.length !== starts.length) return undefined;
  // Bounds past 2⁵³ mean "to the end", and were rounded when they were read.
  const bounded = (x: number) => Math.max(-(2 ** 53 - 1), Math.min(2 ** 53 - 1, x));
  return { starts: starts.map(bounded), ends: ends.map(bounded), axes: axes.map((a) => (a < 0 ? a + rank : a)), steps };
}

/** Two Slices in a row along different axes are one. */
export const slice: Rule = {
  ops: ['Slice'],
  apply(op, work) {
    const first = op.scope.producer.get(op.inputs[0]);
    if (work.opset < 10 || first?.op !== 'Slice' || !work.isOnly(op.scope, op.inputs[0])) return false;
    const [a, b] = [rangesOf(first, work), rangesOf(op, work)];
    if (!a || !b || a.axes.some((axis) => b.axes.includes(axis))) return false;
    const make = (key: keyof Ranges) =>
      work.addConstant(op.scope, `${op.outputs[0]}.${key}`, (name) => intTensor(name, [...a[key], ...b[key]]));
    work.rewrite(op, { inputs: [first.inputs[0], make('starts'), make('ends'), make('axes'), make('steps')] });
    return true;
  },
};
