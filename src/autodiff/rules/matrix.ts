import { attrFloat, attrInt } from '../../onnx/attributes.ts';
import { gemm, matmul, reshape, scale, swapLast, unbroadcast } from '../arithmetic.ts';
import { type Rule, sizeOf, type Tape } from '../tape.ts';

const gemmRule: Rule = (c) => {
  const { tape: t, node, inputs, dy } = c;
  const [a, b, bias] = inputs;
  const alpha = attrFloat(node, 'alpha', 1);
  const beta = attrFloat(node, 'beta', 1);
  const ta = attrInt(node, 'transA', 0) !== 0;
  const tb = attrInt(node, 'transB', 0) !== 0;
  const g = dy[0]!;
  // y = alpha·A'·B'. A' = A or Aᵀ, and likewise B.
  const da = () => (ta ? gemm(t, b, g, tb, true, alpha) : gemm(t, g, b, false, !tb, alpha));
  const db = () => (tb ? gemm(t, g, a, true, ta, alpha) : gemm(t, a, g, !ta, false, alpha));
  return [
    c.needs(0) ? da() : undefined,
    c.needs(1) ? db() : undefined,
    c.needs(2) ? scale(t, unbroadcast(t, g, t.dims(bias)), beta) : undefined,
  ];
};

/** All but the last axis as one. */
const flat = (t: Tape, x: string) => {
  const dims = t.dims(x);
  return reshape(t, x, [sizeOf(dims.slice(0, -1)), dims[dims.length - 1]]);
};

const matmulRule: Rule = (c) => {
  const { tape: t, inputs } = c;
  const [a, b] = inputs;
  const da = t.dims(a);
  const db = t.dims(b);
  // A vector counts as a matrix of one row or one column.
  const left = da.length === 1 ? reshape(t, a, [1, da[0]]) : a;
  const right = db.length === 1 ? reshape(t, b, [db[0], 1]) : b;
  const y = t.dims(c.dy[0]!);
  const rows = da.length === 1 ? 1 : da[da.length - 2];
  const columns = db.length === 1 ? 1 : db[db.length - 1];
  const batch = y.slice(0, y.length - (da.length > 1 ? 1 : 0) - (db.length > 1 ? 1 : 0));
  const dy = reshape(t, c.dy[0]!, [...batch, rows, columns]);
  // One weight for a whole batch: a single product instead of one for each sample and a sum.
  const shared = db.length === 2 && da.length > 2;
  const gradA = () => {
    const g = shared ? gemm(t, flat(t, dy), b, false, true) : matmul(t, dy, swapLast(t, right));
    return shared ? reshape(t, g, da) : reshape(t, unbroadcast(t, g, t.dims(left)), da);
  };
  const gradB = () => {
    if (shared) return gemm(t, flat(t, a), flat(t, dy), true, false);
    return reshape(t, unbroadcast(t, matmul(t, swapLast(t, left), dy), t.dims(right)), db);
  };
  return [c.needs(0) ? gradA() : undefined, c.needs(1) ? gradB() : undefined];
};

export const MATRIX: Readonly<Record<string, Rule>> = { Gemm: gemmRule, MatMul: matmulRule };
