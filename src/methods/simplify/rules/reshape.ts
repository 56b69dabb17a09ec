import { attrInt } from '../../../onnx/attributes.ts';
import { countOf, type Dims, sameDim, sameDims } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../scope.ts';
import { intTensor } from '../tensors.ts';
import type { Work } from '../work.ts';
import type { Rule } from './rule.ts';

const RESHAPES = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/**
 * A constant that reshapes `from` to `to`: known dims as they are, one unknown as −1, and dims that are where they were as 0.
 * Undefined when that does not say everything.
 */
export function targetOf(to: Dims | null | undefined, from: Dims | null | undefined): number[] | undefined {
  if (!to || to.includes(0)) return undefined;
  const unknown = to.flatMap((d, i) => (typeof d === 'number' ? [] : [i]));
  if (unknown.length <= 1) return to.map((d) => (typeof d === 'number' ? d : -1));
  const copied = unknown.filter((i) => from && i < from.length && sameDim(from[i], to[i]));
  if (unknown.length - copied.length > 1) return undefined;
  return to.map((d, i) => (typeof d === 'number' ? d : copied.includes(i) ? 0 : -1));
}

function becomeReshape(op: Op, x: string, target: readonly number[], work: Work): boolean {
  const shape = work.addConstant(op.scope, `${op.outputs[0]}.shape`, (name) => intTensor(name, target));
  work.rewrite(op, { type: 'Reshape', inputs: [x, shape], attribute: [] });
  return true;
}

/** Reshape, Flatten, Squeeze and Unsqueeze in a row are one, or none when the shape is the first one's again. */
export const reshape: Rule = {
  ops: RESHAPES,
  apply(op, work) {
    const first = op.scope.producer.get(op.inputs[0]);
    if (work.opset < 5 || !first || !RESHAPES.includes(first.op)) return false;
    const x = first.inputs[0];
    const [from, to] = [work.fact(x)?.dims, work.fact(op.outputs[0])?.dims];
    if (sameDims(from, to)) return work.bypass(op, x);
    if (!work.isOnly(op.scope, op.inputs[0])) return false;
    const target = targetOf(to, from);
    return !!target && becomeReshape(op, x, target, work);
  },
};

/**
 * A Reshape whose shape is computed although it is known but for one dim: the shape becomes a constant, and what computed it goes.
 */
export const reshapeTarget: Rule = {
  ops: ['Reshape'],
  apply(op, work) {
    if (work.opset < 5 || !op.inputs[1] || work.constant(op.scope, op.inputs[1])) return false;
    const [from, to] = [work.fact(op.inputs[0])?.dims, work.fact(op.outputs[0])?.dims];
    if (attrInt(op.node, 'allowzero', 0)) return false;
    // Where nothing is known of the target, the one unknown dim may be any, also 0.
    const target = to && countOf(to) !== 0 ? targetOf(to, from) : undefined;
    return !!target && becomeReshape(op, op.inputs[0], target, work);
  },
};
