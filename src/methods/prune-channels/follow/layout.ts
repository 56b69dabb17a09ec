import { attrInt, attrInts } from '../../../onnx/attributes.ts';
import { axisOf, numericDims } from '../../../onnx/shapes/dims.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';

export const transpose: Follow = (op, t) => {
  const rank = t.rank(op.inputs[0]);
  if (rank === undefined) return false;
  const perm = attrInts(op.node, 'perm') ?? Array.from({ length: rank }, (_, k) => rank - 1 - k);
  t.set(
    op,
    0,
    perm.map((k) => t.axis(op.inputs[0], k)),
  );
  return true;
};

/** Axes named by an attribute or, from opset 13 on, by an input; undefined when they are not known. */
function axesOf(op: Op, t: Tracker): readonly number[] | undefined {
  return attrInts(op.node, 'axes') ?? (op.inputs[1] ? numericDims(t.fact(op.inputs[1])?.data) : []);
}

export const squeeze: Follow = (op, t) => {
  const [x] = op.inputs;
  const dims = t.dims(x);
  const given = axesOf(op, t);
  if (!dims || !given) return false;
  if (given.length === 0 && !numericDims(dims)) return false;
  const gone = new Set(given.map((a) => axisOf(a, dims.length)));
  const stays = (k: number) => (given.length ? !gone.has(k) : dims[k] !== 1);
  t.set(
    op,
    0,
    dims.flatMap((_, k) => (stays(k) ? [t.axis(x, k)] : [])),
  );
  return true;
};

export const unsqueeze: Follow = (op, t) => {
  const [x] = op.inputs;
  const rank = t.rank(x);
  const given = axesOf(op, t);
  if (rank === undefined || !given) return false;
  const all = rank + given.length;
  const added = new Set(given.map((a) => axisOf(a, all)));
  let next = 0;
  t.set(
    op,
    0,
    Array.from({ length: all }, (_, k): Axis => (added.has(k) ? null : t.axis(x, next++))),
  );
  return true;
};

export const concat: Follow = (op, t) => {
  const names = op.inputs.filter((name) => name);
  const rank = t.rank(names[0] ?? '');
  const at = rank === undefined ? undefined : axisOf(attrInt(op.node, 'axis', 1), rank);
  if (rank === undefined || at === undefined || names.some((name) => t.rank(name) !== rank)) return false;
  const out = Array.from({ length: rank }, (_, k): Axis => {
    if (k !== at) return names.map((name) => t.axis(name, k)).reduce((a, b) => t.unify(a, b, op));
    const parts = names.map((name) => t.axis(name, k));
    if (parts.every((p) => !p)) return null;
    const lengths = names.map((name) => t.dims(name)![k]);
    const total = lengths.reduce<number>((a, b) => a + Number(b), 0);
    if (!lengths.every((d) => typeof d === 'number')) {
      for (const part of parts) t.labels.pin(part, t.reason('shape', op));
      return null;
    }
    const joined = new Int32Array(total);
    let offset = 0;
    parts.forEach((part, i) => {
      if (part) joined.set(part, offset);
      offset += Number(lengths[i]);
    });
    return joined;
  });
  t.set(op, 0, out);
  return true;
};

/** `repeats` copies of a tensor along each axis. */
export const tile: Follow = (op, t) => {
  const [x, list] = op.inputs;
  const rank = t.rank(x);
  const repeats = numericDims(t.fact(list)?.data);
  if (rank === undefined || repeats?.length !== rank) return false;
  const out = repeats.map((n, k) => {
    const axis = t.axis(x, k);
    if (!axis || n === 1) return axis;
    if (n * axis.length > 2 ** 20 || n < 1) {
      t.labels.pin(axis, t.reason('layout', op));
      return null;
    }
    return Int32Array.from({ length: n * axis.length }, (_, i) => axis[i % axis.length]);
  });
  t.set(op, 0, out);
  return true;
};
