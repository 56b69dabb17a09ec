import { attrInt, attrInts } from '../../../onnx/attributes.ts';
import { type Dims, sameDim } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Cut } from '../cut.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';
import { type Segment, segmentsOf } from './segments.ts';

/** More elements than this are not followed one by one. */
const MAX_FLAT = 2 ** 22;

const MAX_RANK = 16;

const product = (list: readonly number[]) => list.reduce((a, b) => a * b, 1);

/** Where a Reshape's output goes when it is the first half of a channel shuffle: two axes swapped, and merged again. */
function isShuffle(op: Op, t: Tracker, to: readonly number[]): boolean {
  if (to.length !== 2) return false;
  const [user, ...others] = t.main.uses.get(op.outputs[0])?.keys() ?? [];
  if (others.length || user?.op !== 'Transpose') return false;
  const perm = attrInts(user.node, 'perm');
  const swapped = perm?.every((p, k) => p === (k === to[0] ? to[1] : k === to[1] ? to[0] : k));
  const [next] = t.main.uses.get(user.outputs[0])?.keys() ?? [];
  return swapped === true && next?.op === 'Reshape' && t.rank(next.outputs[0]) === t.rank(op.inputs[0]);
}

/** Follows several axes that become several others. One axis of the input is followed, and one of the output. */
function regroup(op: Op, t: Tracker, { from, to }: Segment, before: Dims, after: Dims, out: Axis[]): void {
  const x = op.inputs[0];
  const axes = from.map((k) => t.axis(x, k));
  const lead = axes.findIndex((a) => a);
  if (lead < 0) return;
  const [inDims, outDims] = [from.map((k) => Number(before[k])), to.map((k) => Number(after[k]))];
  const total = product(inDims);
  axes.forEach((axis, i) => {
    if (i !== lead || total > MAX_FLAT) t.labels.pin(axis, t.reason('layout', op));
  });
  if (total > MAX_FLAT) return;
  const axis = axes[lead]!;
  const inner = product(inDims.slice(lead + 1));
  const label = (flat: number) => axis[Math.floor(flat / inner) % axis.length];
  const order = to.map((_, i) => i);
  if (isShuffle(op, t, to)) order.sort((a, b) => outDims[b] - outDims[a]);
  const chosen = order[t.choices.get(op.index) ?? 0];
  const stride = product(outDims.slice(chosen + 1));
  const made = new Int32Array(outDims[chosen]).fill(-1);
  for (let flat = 0; flat < total; flat++) {
    const i = Math.floor(flat / stride) % made.length;
    if (made[i] < 0) made[i] = label(flat);
    else t.labels.union(made[i], label(flat));
  }
  out[to[chosen]] = made;
  if (to.length > 1) t.splits.push({ op, options: to.length, labels: made });
}

/** Follows a change of shape whose dims are known on both sides. */
function follow(op: Op, t: Tracker): Axis[] | undefined {
  const x = op.inputs[0];
  const [before, after] = [t.dims(x), t.dims(op.outputs[0])];
  if (!before || !after || Math.max(before.length, after.length) > MAX_RANK) return undefined;
  const { segments, rest } = segmentsOf(before, after);
  const out: Axis[] = after.map(() => null);
  for (const k of rest) t.fix(x, k, t.reason('shape', op));
  for (const segment of segments) {
    const { from, to } = segment;
    if (from.length === 1 && to.length === 1) out[to[0]] = t.axis(x, from[0]);
    else regroup(op, t, segment, before, after, out);
  }
  return out;
}

export const flatten: Follow = (op, t) => {
  const out = follow(op, t);
  if (out) t.set(op, 0, out);
  return out !== undefined;
};

/** The target of a Reshape once `axes`, of its output, are cut; undefined when it cannot be said as a constant. */
function targetOf(op: Op, t: Tracker, axes: readonly Axis[], cut?: Cut): number[] | undefined {
  const given = t.fact(op.inputs[1])?.data;
  const [before, after] = [t.dims(op.inputs[0])!, t.dims(op.outputs[0])!];
  const constant = t.work.constant(t.main, op.inputs[1]) !== undefined;
  const zeros = attrInt(op.node, 'allowzero', 0) === 0;
  let inferred = false;
  const target: number[] = [];
  for (let k = 0; k < after.length; k++) {
    const axis = axes[k];
    const said = constant ? given?.[k] : undefined;
    const length = after[k];
    let value: number;
    if (said === 0 || said === -1) value = said;
    else if (axis) value = cut ? cut.count(axis) : axis.length;
    else if (typeof length === 'number') value = length;
    else if (zeros && k < before.length && sameDim(before[k], length)) value = 0;
    else value = -1;
    if (value === -1 && inferred) return undefined;
    inferred ||= value === -1;
    target.push(value);
  }
  return target;
}

export const reshape: Follow = (op, t) => {
  const [x, shape] = op.inputs;
  const out = follow(op, t);
  if (!out || !shape) return false;
  const from = t.shapes.get(shape)?.axes ?? [];
  if (!targetOf(op, t, out)) {
    for (const axis of [...from, ...out]) t.labels.pin(axis, t.reason('shape', op));
    t.set(
      op,
      0,
      out.map(() => null),
    );
    return true;
  }
  t.set(op, 0, out);
  // What `set` did not take over stays as it is.
  const taken = t.axes(op.outputs[0])!;
  t.edit(op, [...taken, ...from], (cut) => {
    const target = targetOf(op, t, taken, cut)!;
    const data = t.fact(shape)?.data;
    const same = t.work.constant(t.main, shape) && target.every((d, k) => d === data?.[k]);
    if (!same) cut.setInts(op, 1, target);
  });
  return t.axes(x) !== undefined;
};
