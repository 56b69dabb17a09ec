import { attr, attrInt, attrInts, attrString } from '../../../onnx/attributes.ts';
import { axisOf, numericDims, sameDim } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';

/** Part of an axis, of which something has to be left. */
function piece(t: Tracker, axis: Int32Array, from: number, to: number): Int32Array {
  const part = axis.subarray(from, to);
  t.pieces.push(part);
  return part;
}

export const split: Follow = (op, t) => {
  const [x, sizes] = op.inputs;
  const axes = t.axes(x);
  const at = axes && axisOf(attrInt(op.node, 'axis', 0), axes.length);
  if (!axes || at === undefined) return false;
  const lengths = op.outputs.map((name) => t.dims(name)?.[at]);
  const axis = axes[at];
  const known = lengths.every((d): d is number => typeof d === 'number');
  if (axis && !known) t.labels.pin(axis, t.reason('shape', op));
  let offset = 0;
  const parts = op.outputs.map((_, i) => {
    const from = offset;
    offset += Number(lengths[i]);
    return axis && known ? piece(t, axis, from, offset) : null;
  });
  parts.forEach((part, i) => {
    t.set(
      op,
      i,
      axes.map((a, k) => (k === at ? part : a)),
    );
  });
  if (!known || !axis) return true;
  t.edit(op, [axis], (cut) => {
    const next = parts.map((part) => cut.count(part!));
    if (sizes || (t.work.opset >= 13 && !attr(op.node, 'split'))) {
      cut.setInts(op, 1, next);
      cut.setAttribute(op, 'num_outputs', undefined);
    } else cut.setAttribute(op, 'split', next);
  });
  return true;
};

export const slice: Follow = (op, t) => {
  const [x, ...lists] = op.inputs;
  const axes = t.axes(x);
  const dims = t.dims(x);
  if (!axes || !dims) return false;
  const attributes = attrInts(op.node, 'starts') !== undefined;
  const read = (i: number, name: string) =>
    attributes ? attrInts(op.node, name) : lists[i] ? numericDims(t.fact(lists[i])?.data) : undefined;
  const at = (attributes ? attr(op.node, 'axes') : lists[2]) ? read(2, 'axes') : dims.map((_, k) => k);
  if (!at) return false;
  const [starts, ends] = [read(0, 'starts'), read(1, 'ends')];
  const steps = !attributes && lists[3] ? read(3, 'steps') : at.map(() => 1);
  const out = [...axes];
  const cuts: { i: number; axis: Int32Array; from: number; to: number }[] = [];
  at.forEach((given, i) => {
    if (i >= (starts?.length ?? at.length)) return;
    const k = axisOf(given, dims.length);
    if (k === undefined) return;
    const axis = axes[k];
    if (!axis) return;
    const clamp = (v: number) => Math.min(axis.length, Math.max(0, v < 0 ? v + axis.length : v));
    if (!starts || !ends || steps?.[i] !== 1) {
      t.labels.pin(axis, t.reason('layout', op));
      out[k] = null;
      return;
    }
    const [from, to] = [clamp(starts[i]), clamp(ends[i])];
    if (from === 0 && to === axis.length) return;
    out[k] = piece(t, axis, from, to);
    cuts.push({ i, axis, from, to });
  });
  t.set(op, 0, out);
  t.edit(
    op,
    cuts.map((c) => c.axis),
    (cut) => {
      const [first, last] = [[...starts!], [...ends!]];
      for (const { i, axis, from, to } of cuts) {
        first[i] = cut.count(axis, 0, from);
        last[i] = first[i] + cut.count(axis, from, to);
      }
      if (attributes) {
        cut.setAttribute(op, 'starts', first);
        cut.setAttribute(op, 'ends', last);
      } else {
        cut.setInts(op, 1, first);
        cut.setInts(op, 2, last);
      }
    },
  );
  return true;
};

export const gather: Follow = (op, t) => {
  const [x, list] = op.inputs;
  const axes = t.axes(x);
  const at = axes && axisOf(attrInt(op.node, 'axis', 0), axes.length);
  const rank = t.rank(list);
  if (!axes || at === undefined || rank === undefined) return false;
  const indices = t.isConstant(list) ? numericDims(t.fact(list)?.data) : undefined;
  // A table is looked up by what is only known when the model runs.
  const followed = indices && rank <= 1;
  if (!followed) t.fix(x, at, t.reason('layout', op));
  const axis = followed ? axes[at] : null;
  const places = axis && indices!.map((i) => (i < 0 ? i + axis.length : i));
  if (places?.some((i) => i < 0 || i >= axis!.length)) return false;
  const picked = places && Int32Array.from(places, (i) => axis![i]);
  if (picked && rank === 0) t.labels.pin(picked, t.reason('layout', op));
  if (picked) t.pieces.push(picked);
  const middle: Axis[] = rank === 1 ? [picked] : Array.from({ length: rank }, (_, k) => t.axis(list, k));
  t.set(op, 0, [...axes.slice(0, at), ...middle, ...axes.slice(at + 1)]);
  if (picked) {
    t.edit(op, [axis], (cut) => {
      const next = places!.filter((i) => cut.keeps(axis![i])).map((i) => cut.count(axis!, 0, i));
      cut.setInts(op, 1, next, rank === 0 ? [] : undefined);
    });
  }
  return true;
};

export const pad: Follow = (op, t) => {
  const [x, list, , only] = op.inputs;
  const axes = t.axes(x);
  if (!axes) return false;
  const pads = attrInts(op.node, 'pads') ?? attrInts(op.node, 'paddings') ?? numericDims(t.fact(list ?? '')?.data);
  const at = only ? numericDims(t.fact(only)?.data) : axes.map((_, k) => k);
  if (!pads || !at || pads.length !== 2 * at.length) return false;
  const plain = attrString(op.node, 'mode', 'constant') === 'constant';
  const out = [...axes];
  at.forEach((given, i) => {
    const k = axisOf(given, axes.length);
    const axis = k === undefined ? null : axes[k];
    const [before, after] = [pads[i], pads[i + at.length]];
    if (!axis || k === undefined || (before === 0 && after === 0)) return;
    if (!plain || before < 0 || after < 0 || before + after > 2 ** 20) {
      t.labels.pin(axis, t.reason('padding', op));
      out[k] = null;
      return;
    }
    // What is added has the label that always stays.
    const wider = new Int32Array(before + axis.length + after);
    wider.set(axis, before);
    out[k] = wider;
  });
  t.set(op, 0, out);
  return true;
};

/** Keeps the axes whose length stays, and fixes the others. */
function sameLengths(op: Op, t: Tracker): Axis[] | undefined {
  const [x] = op.inputs;
  const [before, after] = [t.dims(x), t.dims(op.outputs[0])];
  if (!before || before.length !== after?.length) return undefined;
  return before.map((d, k) => {
    if (sameDim(d, after[k])) return t.axis(x, k);
    t.fix(x, k, t.reason('layout', op));
    return null;
  });
}

export const resize: Follow = (op, t) => {
  const out = sameLengths(op, t);
  if (!out) return false;
  t.set(op, 0, out);
  const sizes = op.inputs[3];
  if (!sizes) return true;
  const from = t.shapes.get(sizes)?.axes ?? [];
  const data = numericDims(t.fact(sizes)?.data);
  const at = attrInts(op.node, 'axes')?.map((a) => axisOf(a, out.length) ?? 0) ?? out.map((_, k) => k);
  if (data?.length !== at.length) {
    for (const axis of [...out, ...from]) t.labels.pin(axis, t.reason('shape', op));
    return true;
  }
  t.edit(op, [...at.map((k) => out[k]), ...from], (cut) => {
    cut.setInts(
      op,
      3,
      data.map((d, i) => (out[at[i]] ? cut.count(out[at[i]]!) : d)),
    );
  });
  return true;
};

export const expand: Follow = (op, t) => {
  const [x, shape] = op.inputs;
  const [before, after] = [t.dims(x), t.dims(op.outputs[0])];
  if (!before || !after) return false;
  const extra = after.length - before.length;
  const out = after.map((d, k): Axis => {
    if (k < extra || before[k - extra] === 1) return null;
    if (sameDim(d, before[k - extra])) return t.axis(x, k - extra);
    t.fix(x, k - extra, t.reason('layout', op));
    return null;
  });
  // An axis that is as long as it was may be said to be 1, whatever its length.
  const same = (k: number) => k >= extra && sameDim(after[k], before[k - extra]);
  const from = t.shapes.get(shape)?.axes ?? [];
  if (!after.every((d, k) => typeof d === 'number' || same(k))) {
    for (const axis of [...out, ...from]) t.labels.pin(axis, t.reason('shape', op));
    t.set(
      op,
      0,
      out.map(() => null),
    );
    return true;
  }
  t.set(op, 0, out);
  t.edit(op, [...out, ...from], (cut) => {
    cut.setInts(
      op,
      1,
      after.map((d, k) => (same(k) ? 1 : Number(d))),
    );
  });
  return true;
};
