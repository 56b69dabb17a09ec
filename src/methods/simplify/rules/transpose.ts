import { attrInts } from '../../../onnx/attributes.ts';
import { attribute } from '../../../onnx/build.ts';
import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import type { Rule } from './rule.ts';

function permOf(op: Op, work: Work): number[] | undefined {
  const perm = attrInts(op.node, 'perm');
  if (perm) return perm;
  const rank = work.fact(op.inputs[0])?.dims?.length;
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, i) => rank - 1 - i);
}

/** Two Transposes in a row are one, or none. */
export const transpose: Rule = {
  ops: ['Transpose'],
  apply(op, work) {
    const first = op.scope.producer.get(op.inputs[0]);
    if (first?.op !== 'Transpose') return false;
    const [p, q] = [permOf(first, work), permOf(op, work)];
    if (!p || !q || p.length !== q.length) return false;
    const perm = q.map((i) => p[i]);
    if (perm.every((x, i) => x === i)) return work.bypass(op, first.inputs[0]);
    if (!work.isOnly(op.scope, op.inputs[0])) return false;
    work.rewrite(op, { inputs: [first.inputs[0]], attribute: [attribute('perm', perm)] });
    return true;
  },
};
