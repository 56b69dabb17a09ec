import { attrInt } from '../../../onnx/attributes.ts';
import { numericDims } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { ShapeOf, Tracker } from '../tracker.ts';

/** Nodes that take part in the arithmetic of shapes without being asked for tensors of channels. */
const ARITHMETIC: ReadonlySet<string> = new Set(
  'Gather Slice Squeeze Unsqueeze Cast Concat Identity Add Sub Mul Div Mod Max Min Floor Ceil Neg Abs Where Equal Reshape Range ReduceProd'.split(
    ' ',
  ),
);

/** Says that `name` is, or depends on, the lengths of these axes. What is known to hold no number depends on none. */
function note(t: Tracker, name: string, shape: ShapeOf): void {
  if (!name || shape.axes.every((a) => !a)) return;
  const data = t.fact(name)?.data;
  if (data?.every((d) => typeof d === 'string' && !/^\d/.test(d))) return;
  t.shapes.set(name, shape);
}

/** `Shape` and `Size` give the lengths of a tensor's axes as numbers: true when the node is one of them. */
export function measureShape(op: Op, t: Tracker): boolean {
  if (op.op !== 'Shape' && op.op !== 'Size') return false;
  const axes = t.axes(op.inputs[0]) ?? [];
  const clamp = (v: number) => Math.min(axes.length, Math.max(0, v < 0 ? v + axes.length : v));
  const from = clamp(attrInt(op.node, 'start', 0));
  const some = axes.slice(from, clamp(attrInt(op.node, 'end', axes.length)));
  note(t, op.outputs[0], op.op === 'Size' ? { exact: false, axes } : { exact: true, axes: some });
  return true;
}

/** The elements that a node picks of its exact first input; undefined when it does more than that. */
function picked(op: Op, t: Tracker, own: readonly Axis[]): Axis[] | undefined {
  switch (op.op) {
    case 'Identity':
    case 'Cast':
    case 'Squeeze':
    case 'Unsqueeze':
      return [...own];
    case 'Gather':
      return numericDims(t.fact(op.inputs[1])?.data)?.map((i) => own[i < 0 ? i + own.length : i] ?? null);
    default:
      return undefined;
  }
}

/**
 * Carries on what is computed from lengths that may change: true when the node was one of that arithmetic. What takes such a number
 * and is not known to follow it keeps the axes behind it as they are.
 */
export function followShape(op: Op, t: Tracker): boolean {
  const own = op.inputs.map((name) => t.shapes.get(name));
  if (!own.some((s) => s)) return false;
  const isShape = op.inputs.every((name) => !name || t.shapes.has(name) || !t.fact(name)?.dtype.startsWith('float'));
  if (ARITHMETIC.has(op.op) && isShape) {
    const [first] = own;
    if (op.op === 'Concat' && own.every((s, i) => s?.exact || t.fact(op.inputs[i])?.data)) {
      const axes = own.flatMap((s, i): readonly Axis[] => s?.axes ?? t.fact(op.inputs[i])!.data!.map(() => null));
      note(t, op.outputs[0], { exact: true, axes });
      return true;
    }
    const exact = first?.exact ? picked(op, t, first.axes) : undefined;
    const all = own.flatMap((s) => s?.axes ?? []).filter((a) => a);
    note(t, op.outputs[0], exact ? { exact: true, axes: exact } : { exact: false, axes: [...new Set(all)] });
    return true;
  }
  const rewritten: Readonly<Record<string, number>> = { Reshape: 1, Expand: 1, Resize: 3 };
  own.forEach((shape, i) => {
    if (!shape || rewritten[op.op] === i) return;
    for (const axis of shape.axes) t.labels.pin(axis, t.reason('shape', op));
  });
  return false;
}
