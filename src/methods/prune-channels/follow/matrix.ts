import { attrInt, attrString } from '../../../onnx/attributes.ts';
import { einsumLabels } from '../../../onnx/shapes/ops/matrix.ts';
import type { Op } from '../../simplify/scope.ts';
import type { Axis } from '../labels.ts';
import type { Tracker } from '../tracker.ts';
import type { Follow } from './elementwise.ts';

function multiply(op: Op, t: Tracker, at: { a: number; b: number; m?: number; n?: number }): Axis {
  const [a, b] = op.inputs;
  const [left, right] = [t.axis(a, at.a), t.axis(b, at.b)];
  t.contracts(a, left);
  t.contracts(b, right);
  if (at.m !== undefined) t.produces(a, t.axis(a, at.m));
  if (at.n !== undefined) t.produces(b, t.axis(b, at.n));
  return t.unify(left, right, op);
}

/** Axes of all but the last two, stretched over each other. */
function batchAxes(op: Op, t: Tracker, ranks: readonly number[]): Axis[] {
  const rank = Math.max(...ranks) - 2;
  return Array.from({ length: Math.max(0, rank) }, (_, k) => {
    let out: Axis | undefined;
    op.inputs.slice(0, 2).forEach((name, i) => {
      const at = k - rank + ranks[i] - 2;
      if (at < 0 || t.dims(name)?.[at] === 1) return;
      const axis = t.axis(name, at);
      out = out === undefined ? axis : t.unify(out, axis, op);
    });
    return out ?? null;
  });
}

export const matMul: Follow = (op, t) => {
  const [a, b] = op.inputs;
  const [ra, rb] = [t.rank(a), t.rank(b)];
  if (!ra || !rb) return false;
  const sums = multiply(op, t, {
    a: -1,
    b: rb === 1 ? 0 : -2,
    ...(ra > 1 && { m: -2 }),
    ...(rb > 1 && { n: -1 }),
  });
  const out = batchAxes(op, t, [ra, rb]);
  if (ra > 1) out.push(t.axis(a, -2));
  if (rb > 1) out.push(t.axis(b, -1));
  t.cost(op, [...out, sums]);
  if (rb === 2 && ra > 1 && t.isConstant(b) && !t.isConstant(a)) {
    const layer = { op, weight: b, input: a, inAxis: 0, outAxis: 1, channels: -1 };
    t.layers.push({ ...layer, inLabels: t.axis(b, 0), outLabels: t.axis(b, 1) });
  }
  t.set(op, 0, out);
  return true;
};

export const gemm: Follow = (op, t) => {
  const [a, b, c] = op.inputs;
  if (t.rank(a) !== 2 || t.rank(b) !== 2) return false;
  const [ta, tb] = [attrInt(op.node, 'transA', 0) ? 1 : 0, attrInt(op.node, 'transB', 0) ? 1 : 0];
  const sums = multiply(op, t, { a: 1 - ta, b: tb, m: ta, n: 1 - tb });
  const out = [t.axis(a, ta), t.axis(b, 1 - tb)];
  if (c) {
    const rank = t.rank(c);
    if (rank === undefined) return false;
    for (let k = 0; k < rank; k++) if (t.dims(c)?.[k] !== 1) t.unify(out[2 - rank + k], t.axis(c, k), op);
  }
  t.cost(op, [...out, sums]);
  if (ta === 0 && t.isConstant(b) && !t.isConstant(a)) {
    const layer = { op, weight: b, input: a, inAxis: tb, outAxis: 1 - tb, channels: -1 };
    t.layers.push({ ...layer, inLabels: t.axis(b, tb), outLabels: out[1] });
  }
  t.set(op, 0, out);
  return true;
};

export const einsum: Follow = (op, t) => {
  const labels = einsumLabels(attrString(op.node, 'equation', ''));
  if (!labels || labels.inputs.some((own, i) => own.length !== t.rank(op.inputs[i]) || own.includes('.'))) return false;
  const known = new Map<string, Axis>();
  labels.inputs.forEach((own, i) => {
    own.forEach((letter, k) => {
      if (t.dims(op.inputs[i])![k] === 1) return;
      const axis = t.axis(op.inputs[i], k);
      known.set(letter, known.has(letter) ? t.unify(known.get(letter)!, axis, op) : axis);
    });
  });
  const out = labels.output ?? [];
  labels.inputs.forEach((own, i) => {
    own.forEach((letter, k) => {
      const axis = t.axis(op.inputs[i], k);
      if (out.includes(letter)) t.produces(op.inputs[i], axis);
      else if (labels.inputs.length > 1) t.contracts(op.inputs[i], axis);
      // Summed over alone, an axis adds up whatever its channels are.
      const others = labels.inputs.some((l, j) => j !== i && l.includes(letter));
      if (!out.includes(letter) && !others) t.labels.pin(axis, t.reason('reduced', op));
    });
  });
  t.cost(op, [...known.values()]);
  t.set(
    op,
    0,
    out.map((letter) => known.get(letter) ?? null),
  );
  return true;
};
