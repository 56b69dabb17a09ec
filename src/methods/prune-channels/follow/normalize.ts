import { attrInt, attrInts } from '../../../onnx/attributes.ts';
import { axisOf, numericDims } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';

/** Statistics over an axis change with what it consists of, so that it stays; the others pass. */
function over(op: Op, t: Tracker, at: (rank: number) => readonly number[], outputs = 1): boolean {
  const [x] = op.inputs;
  const rank = t.rank(x);
  if (rank === undefined) return false;
  const axes = new Set(at(rank));
  for (const k of axes) t.fix(x, k, t.reason('normalized', op));
  const out = Array.from({ length: rank }, (_, k) => (axes.has(k) ? null : t.axis(x, k)));
  for (let i = 0; i < outputs; i++) t.set(op, i, out);
  return true;
}

const from = (first: number, rank: number) => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);

export const batchNorm: Follow = (op, t) => {
  const [x, ...rest] = op.inputs;
  const axes = t.axes(x);
  if (!axes || axes.length < 2) return false;
  for (const name of rest) if (name) t.unify(axes[1], t.axis(name, 0), op);
  t.set(op, 0, axes);
  for (let i = 1; i < op.outputs.length; i++) t.set(op, i, [axes[1]]);
  return true;
};

export const instanceNorm: Follow = (op, t) => {
  const [x, scale, bias] = op.inputs;
  const axis = t.axis(x, 1);
  for (const name of [scale, bias]) t.unify(axis, t.axis(name, 0), op);
  return over(op, t, (rank) => from(2, rank));
};

/** LayerNormalization and its kin: all axes from one on. */
export const layerNorm: Follow = (op, t) => {
  for (const name of op.inputs.slice(1)) if (name) t.fixAll(name, t.reason('normalized', op));
  return over(op, t, (rank) => from(axisOf(attrInt(op.node, 'axis', -1), rank) ?? 0, rank), op.outputs.length);
};

export const groupNorm: Follow = (op, t) => {
  const [x, scale, bias] = op.inputs;
  const groups = attrInt(op.node, 'num_groups', 1);
  const axis = t.axis(x, 1);
  if (!axis || groups < 1 || axis.length % groups !== 0) {
    for (const name of op.inputs) t.fix(name, name === x ? 1 : 0, t.reason('normalized', op));
    return over(op, t, (rank) => from(2, rank));
  }
  const size = axis.length / groups;
  for (let i = 0; i < axis.length; i++) t.labels.union(axis[i], axis[i - (i % size)]);
  const first = Int32Array.from({ length: groups }, (_, k) => axis[k * size]);
  // Up to opset 20 there is a scale for each group, from 21 on one for each channel.
  for (const name of [scale, bias]) {
    const own = t.axis(name, 0);
    t.unify(own?.length === groups && groups > 1 ? first : axis, own, op);
  }
  t.edit(op, [axis], (cut) => cut.setAttribute(op, 'num_groups', cut.count(first)));
  return over(op, t, (rank) => from(2, rank));
};

export const softmax: Follow = (op, t) =>
  over(op, t, (rank) => {
    // Up to opset 12 all axes from one on are taken together.
    if (t.work.opset < 13) return from(axisOf(attrInt(op.node, 'axis', 1), rank) ?? 0, rank);
    return [axisOf(attrInt(op.node, 'axis', -1), rank) ?? 0];
  });

/** Along one axis, named by an attribute. */
export const alongAxis =
  (fallback: number, outputs = 1): Follow =>
  (op, t) =>
    over(op, t, (rank) => [axisOf(attrInt(op.node, 'axis', fallback), rank) ?? 0], outputs);

export const localResponse: Follow = (op, t) => over(op, t, () => [1]);

export const meanVariance: Follow = (op, t) => over(op, t, () => attrInts(op.node, 'axes') ?? [0, 2, 3]);

export const cumSum: Follow = (op, t) => {
  const at = numericDims(t.fact(op.inputs[1])?.data)?.[0];
  return at !== undefined && over(op, t, (rank) => [axisOf(at, rank) ?? 0]);
};

export const reduce: Follow = (op, t) => {
  const [x, list] = op.inputs;
  const rank = t.rank(x);
  if (rank === undefined) return false;
  const given = attrInts(op.node, 'axes') ?? (list ? numericDims(t.fact(list)?.data) : []);
  if (!given) return false;
  if (given.length === 0 && attrInt(op.node, 'noop_with_empty_axes', 0) === 1) {
    t.set(op, 0, t.axes(x)!);
    return true;
  }
  return reduceOver(op, t, given.length ? given : from(0, rank), rank);
};

export const argReduce: Follow = (op, t) => {
  const rank = t.rank(op.inputs[0]);
  return rank !== undefined && reduceOver(op, t, [attrInt(op.node, 'axis', 0)], rank);
};

function reduceOver(op: Op, t: Tracker, given: readonly number[], rank: number): boolean {
  const axes = new Set(given.map((a) => axisOf(a, rank) ?? 0));
  for (const k of axes) t.fix(op.inputs[0], k, t.reason('reduced', op));
  const keep = attrInt(op.node, 'keepdims', 1) === 1;
  const out: Axis[] = [];
  for (let k = 0; k < rank; k++) {
    if (!axes.has(k)) out.push(t.axis(op.inputs[0], k));
    else if (keep) out.push(null);
  }
  t.set(op, 0, out);
  return true;
}
