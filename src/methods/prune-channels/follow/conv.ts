import { attrInt } from '../../../onnx/attributes.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';

function fixFrom(op: Op, t: Tracker, name: string, from: number): void {
  const rank = t.rank(name) ?? 0;
  for (let k = from; k < rank; k++) t.fix(name, k, t.reason('layout', op));
}

/** The channels of each group become one class, and so do those of other axes that belong to it. */
function tieGroups(groups: number, axes: readonly Axis[], op: Op, t: Tracker): void {
  const stays = axes.find((axis) => !axis || axis.length % groups !== 0);
  if (stays !== undefined) {
    for (const axis of axes) t.labels.pin(axis, t.reason('input', op));
    return;
  }
  for (const axis of axes as Int32Array[]) {
    const size = axis.length / groups;
    const first = axes[0]!;
    const own = first.length / groups;
    for (let i = 0; i < axis.length; i++) t.labels.union(axis[i], first[Math.floor(i / size) * own]);
  }
}

/** Channels of the same place within their groups become one class. */
function tiePlaces(groups: number, axis: Axis, t: Tracker): void {
  const size = (axis?.length ?? 0) / groups;
  for (let i = size; axis && i < axis.length; i++) t.labels.union(axis[i], axis[i % size]);
}

/** Of each group one label, for how many groups are left. */
function heads(groups: number, axis: Int32Array): Int32Array {
  const size = axis.length / groups;
  return Int32Array.from({ length: groups }, (_, k) => axis[k * size]);
}

/** Whether groups are cut as a whole: of depthwise layers, and of those with more groups than channels in one. */
function wholeGroups(groups: number, inputs: number, outputs: number): boolean {
  return inputs === 1 || outputs === 1 || groups >= Math.min(inputs, outputs);
}

export const conv: Follow = (op, t) => {
  const [x, w, b] = op.inputs;
  const dims = t.dims(w);
  const groups = attrInt(op.node, 'group', 1);
  if (!dims || dims.length < 3 || groups < 1) return false;
  fixFrom(op, t, x, 2);
  fixFrom(op, t, w, 2);
  const [input, out] = [t.axis(x, 1), t.axis(w, 0)];
  t.produces(w, out);
  if (b) t.unify(out, t.axis(b, 0), op);
  if (groups === 1) {
    const sums = t.axis(w, 1);
    t.contracts(w, sums);
    t.unify(input, sums, op);
    t.cost(op, [out, sums]);
    if (t.isConstant(w) && !t.isConstant(x)) {
      const layer = { op, weight: w, input: x, inAxis: 1, outAxis: 0, channels: 1 };
      t.layers.push({ ...layer, inLabels: sums, outLabels: out });
    }
  } else {
    const [outputs, inputs] = [Number(dims[0]) / groups, Number(dims[1])];
    if (!Number.isInteger(outputs) || !Number.isInteger(inputs)) return false;
    if (wholeGroups(groups, inputs, outputs)) {
      t.fix(w, 1, t.reason('layout', op));
      tieGroups(groups, [out, input], op, t);
      t.cost(op, [out]);
      t.edit(op, [out], (cut) => cut.setAttribute(op, 'group', cut.count(heads(groups, out!))));
    } else {
      const sums = t.axis(w, 1);
      t.contracts(w, sums);
      tiePlaces(groups, out, t);
      tiePlaces(groups, input, t);
      t.unify(input?.subarray(0, inputs) ?? null, sums, op);
      // What follows of one group follows of all.
      if (!sums) t.labels.pin(input, t.reason('input', op));
      t.cost(op, [out, sums]);
    }
  }
  t.set(op, 0, [t.axis(x, 0), out, ...dims.slice(2).map(() => null)]);
  return true;
};

export const convTranspose: Follow = (op, t) => {
  const [x, w, b] = op.inputs;
  const dims = t.dims(w);
  const groups = attrInt(op.node, 'group', 1);
  if (!dims || dims.length < 3 || groups < 1) return false;
  fixFrom(op, t, x, 2);
  fixFrom(op, t, w, 2);
  const [input, sums] = [t.axis(x, 1), t.axis(w, 0)];
  let out: Axis;
  if (groups === 1) {
    out = t.axis(w, 1);
    t.produces(w, out);
    t.contracts(w, sums);
    t.unify(input, sums, op);
    t.cost(op, [sums, out]);
    if (b) t.unify(out, t.axis(b, 0), op);
  } else {
    const size = Number(dims[1]);
    t.fix(w, 1, t.reason('layout', op));
    tieGroups(groups, [sums, input], op, t);
    t.cost(op, [sums]);
    if (sums && sums.length % groups === 0 && t.labels.isFree(sums[0])) {
      const first = heads(groups, sums);
      out = Int32Array.from({ length: groups * size }, (_, i) => first[Math.floor(i / size)]);
    } else out = null;
    if (b) t.unify(out, t.axis(b, 0), op);
    t.edit(op, [sums], (cut) => cut.setAttribute(op, 'group', cut.count(heads(groups, sums!))));
  }
  t.set(op, 0, [t.axis(x, 0), out, ...dims.slice(2).map(() => null)]);
  return true;
};

/** Pooling keeps batch and channels. */
export const pool: Follow = (op, t) => {
  const [x] = op.inputs;
  const rank = t.rank(x);
  if (rank === undefined) return false;
  fixFrom(op, t, x, 2);
  // Places of the largest elements count over whole planes.
  if (op.outputs[1]) fixFrom(op, t, x, 0);
  const out = Array.from({ length: rank }, (_, k) => (k < 2 ? t.axis(x, k) : null));
  for (let i = 0; i < op.outputs.length; i++) t.set(op, i, out);
  return true;
};

export const depthToSpace: Follow = (op, t) => {
  const [x] = op.inputs;
  const axis = t.axis(x, 1);
  const block = attrInt(op.node, 'blocksize', 1) ** 2;
  const crd = new TextDecoder().decode(op.attribute.find((a) => a.name === 'mode')?.s) === 'CRD';
  fixFrom(op, t, x, 2);
  const size = (axis?.length ?? 0) / block;
  if (axis && !Number.isInteger(size)) return false;
  const at = (c: number, k: number) => (crd ? c * block + k : k * size + c);
  const out = axis && Int32Array.from({ length: size }, (_, c) => axis[at(c, 0)]);
  for (let c = 0; c < size; c++) for (let k = 1; k < block; k++) t.labels.union(axis![at(c, 0)], axis![at(c, k)]);
  t.set(op, 0, [t.axis(x, 0), out, null, null]);
  return true;
};

export const spaceToDepth: Follow = (op, t) => {
  const [x] = op.inputs;
  const axis = t.axis(x, 1);
  const block = attrInt(op.node, 'blocksize', 1) ** 2;
  fixFrom(op, t, x, 2);
  const out = axis && Int32Array.from({ length: axis.length * block }, (_, i) => axis[i % axis.length]);
  t.set(op, 0, [t.axis(x, 0), out, null, null]);
  return true;
};
