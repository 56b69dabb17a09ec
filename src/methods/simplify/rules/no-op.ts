import { attr, attrInt, attrInts } from '../../../onnx/attributes.ts';
import { dtypeName } from '../../../onnx/dtypes.ts';
import { sameDims } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../scope.ts';
import type { Work } from '../work.ts';
import { onlyFirstOutput, type Rule } from './rule.ts';

const all = (values: readonly number[] | undefined, x: number) => !!values && values.every((v) => v === x);

/** Whether a node's first output has the shape of its input `i`. */
function keepsShape(op: Op, work: Work, i = 0): boolean {
  return sameDims(work.fact(op.outputs[0])?.dims, work.fact(op.inputs[i])?.dims);
}

function keepsType(op: Op, work: Work): boolean {
  const from = work.fact(op.inputs[0])?.dtype;
  return !!from && from === dtypeName(attrInt(op.node, 'to', 0));
}

function noPads(op: Op, work: Work): boolean {
  const pads = work.opset < 11 ? (attrInts(op.node, 'pads') ?? attrInts(op.node, 'paddings')) : work.ints(op, 1);
  return all(pads, 0);
}

function wholeSlice(op: Op, work: Work): boolean {
  const steps = op.inputs[4] ? work.ints(op, 4) : [1];
  return all(steps, 1) && keepsShape(op, work);
}

/** A window of one, which moves by one and pads nothing. */
function pointwise(op: Op): boolean {
  const { node } = op;
  const ones = all(attrInts(node, 'kernel_shape'), 1) && all(attrInts(node, 'strides') ?? [1], 1);
  return ones && all(attrInts(node, 'pads') ?? [0], 0);
}

/** x ∘ c with a constant that changes nothing, for dtypes in which that is exact. −0 + 0 is 0, which is equal to −0. */
function neutral(op: Op, work: Work): number | undefined {
  const unit = op.op === 'Add' || op.op === 'Sub' ? 0 : 1;
  const sides = op.op === 'Add' || op.op === 'Mul' ? [1, 0] : [1];
  for (const c of sides) {
    if (op.inputs.length !== 2) return undefined;
    const values = work.floats(op, c) ?? work.ints(op, c);
    if (values?.length && all(values, unit) && keepsShape(op, work, 1 - c)) return 1 - c;
  }
  return undefined;
}

function isNoOp(op: Op, work: Work): boolean {
  switch (op.op) {
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
    case 'Expand':
      return keepsShape(op, work);
    case 'Tile':
      return work.opset >= 6 && all(work.ints(op, 1), 1);
    case 'Transpose': {
      const perm = attrInts(op.node, 'perm');
      if (perm) return perm.every((p, i) => p === i);
      const rank = work.fact(op.inputs[0])?.dims?.length;
      return rank !== undefined && rank < 2;
    }
    case 'Cast':
      return keepsType(op, work);
    case 'Pad':
      return noPads(op, work);
    case 'Slice':
      return wholeSlice(op, work);
    case 'Split':
      return op.outputs.length === 1 && keepsShape(op, work);
    case 'MaxPool':
    case 'AveragePool':
      return pointwise(op) && onlyFirstOutput(op) && keepsShape(op, work);
    case 'Clip':
      return work.opset >= 11 ? !op.inputs[1] && !op.inputs[2] : !attr(op.node, 'min') && !attr(op.node, 'max');
    default:
      return false;
  }
}

/** Operators that give their input back as it is: reshapes to the same shape, casts to the same dtype, pads of nothing … */
export const noOp: Rule = {
  ops: [
    ...['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Expand', 'Tile', 'Transpose', 'Cast', 'Pad', 'Slice', 'Split'],
    ...['MaxPool', 'AveragePool', 'Clip', 'Add', 'Sub', 'Mul', 'Div', 'Pow'],
  ],
  apply(op, work) {
    if (['Add', 'Sub', 'Mul', 'Div', 'Pow'].includes(op.op)) {
      const x = neutral(op, work);
      return x !== undefined && work.bypass(op, op.inputs[x]);
    }
    return !!op.inputs[0] && isNoOp(op, work) && work.bypass(op, op.inputs[0]);
  },
};
