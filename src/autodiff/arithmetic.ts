import { DataType } from '../onnx/proto.ts';
import { broadcastDims, sameDims, sizeOf, type Tape } from './tape.ts';

/** The few operations that rules, losses and optimizers are made of, with the shapes of their results. */

/** An elementwise operation of two values that broadcast: Add, Sub, Mul, Div, Pow, Max, Min. */
export function binary(t: Tape, op: string, a: string, b: string): string {
  return t.op(op, [a, b], broadcastDims(t.dims(a), t.dims(b)));
}
export const add = (t: Tape, a: string, b: string): string => binary(t, 'Add', a, b);
export const sub = (t: Tape, a: string, b: string): string => binary(t, 'Sub', a, b);
export const mul = (t: Tape, a: string, b: string): string => binary(t, 'Mul', a, b);
export const div = (t: Tape, a: string, b: string): string => binary(t, 'Div', a, b);
/** `a` times a number; `a` itself for 1. */
export const scale = (t: Tape, a: string, by: number): string => (by === 1 ? a : mul(t, a, t.scalar(by, a)));

/** An elementwise operation of one value. */
export const unary = (t: Tape, op: string, a: string): string => t.op(op, [a], t.dims(a));

/** Greater, Less, Equal and their like: a bool tensor. */
export function compare(t: Tape, op: string, a: string, b: string): string {
  return t.op(op, [a, b], broadcastDims(t.dims(a), t.dims(b)), {}, { dtype: DataType.BOOL });
}

export function where(t: Tape, condition: string, a: string, b: string): string {
  const dims = broadcastDims(t.dims(condition), broadcastDims(t.dims(a), t.dims(b)));
  return t.op('Where', [condition, a, b], dims, {}, { dtype: t.dtype(a) });
}

export function reshape(t: Tape, x: string, dims: readonly number[]): string {
  return sameDims(t.dims(x), dims) ? x : t.op('Reshape', [x, t.ints(dims)], dims, { allowzero: 1 });
}

export function transpose(t: Tape, x: string, perm: readonly number[]): string {
  if (perm.every((p, i) => p === i)) return x;
  const dims = t.dims(x);
  return t.op(
    'Transpose',
    [x],
    perm.map((p) => dims[p]),
    { perm },
  );
}

/** A reduction over axes (none: the value itself). Negative axes count from the end. */
export function reduce(t: Tape, op: string, x: string, axes: readonly number[], keep = true): string {
  const dims = t.dims(x);
  const over = new Set(axes.map((a) => (a < 0 ? a + dims.length : a)));
  if (over.size === 0) return x;
  const kept = keep ? dims.map((d, i) => (over.has(i) ? 1 : d)) : dims.filter((_, i) => !over.has(i));
  const sorted = [...over].sort((a, b) => a - b);
  return t.op(op, [x, t.ints(sorted)], kept, { keepdims: keep ? 1 : 0 });
}
export const reduceSum = (t: Tape, x: string, axes: readonly number[], keep = true): string =>
  reduce(t, 'ReduceSum', x, axes, keep);
export const reduceMean = (t: Tape, x: string, axes: readonly number[], keep = true): string =>
  reduce(t, 'ReduceMean', x, axes, keep);

export const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => i + from);

/** The sum of all elements, a scalar. */
export const sumAll = (t: Tape, x: string): string => reduceSum(t, x, range(t.dims(x).length), false);

/** A gradient brought back to the shape of what was broadcast: summed over the axes that were stretched. */
export function unbroadcast(t: Tape, g: string, dims: readonly number[]): string {
  const from = t.dims(g);
  if (sameDims(from, dims)) return g;
  const extra = from.length - dims.length;
  const axes = range(from.length).filter((i) => i < extra || (dims[i - extra] === 1 && from[i] !== 1));
  return reshape(t, reduceSum(t, g, axes), dims);
}

/** Repeats along axes of length 1, and gives new leading axes. */
export function expand(t: Tape, x: string, dims: readonly number[]): string {
  return sameDims(t.dims(x), dims) ? x : t.op('Expand', [x, t.ints(dims)], dims);
}

/** A tensor of one number. */
export function filled(t: Tape, value: number, dims: readonly number[], like: string): string {
  return expand(t, t.scalar(value, like), dims);
}

/** Elements [start, end) with a step, by axis. */
export function slice(
  t: Tape,
  x: string,
  cuts: readonly { axis: number; start: number; end: number; step?: number }[],
): string {
  const dims = [...t.dims(x)];
  const real = cuts.filter((c) => (c.step ?? 1) !== 1 || c.start !== 0 || c.end !== dims[c.axis]);
  if (real.length === 0) return x;
  for (const { axis, start, end, step = 1 } of real) dims[axis] = Math.max(0, Math.ceil((end - start) / step));
  const column = (pick: (c: (typeof real)[number]) => number) => t.ints(real.map(pick));
  const inputs = [x, column((c) => c.start), column((c) => c.end), column((c) => c.axis)];
  if (real.some((c) => (c.step ?? 1) !== 1)) inputs.push(column((c) => c.step ?? 1));
  return t.op('Slice', inputs, dims);
}

/** Zeros around a value: so many before and after along each axis. */
export function pad(t: Tape, x: string, before: readonly number[], after: readonly number[]): string {
  if ([...before, ...after].every((n) => n === 0)) return x;
  const dims = t.dims(x).map((d, i) => d + before[i] + after[i]);
  return t.op('Pad', [x, t.ints([...before, ...after])], dims);
}

/** A matrix product of the last two axes; the others broadcast. Both of rank 2 or more. */
export function matmul(t: Tape, a: string, b: string): string {
  const x = t.dims(a);
  const y = t.dims(b);
  const batch = broadcastDims(x.slice(0, -2), y.slice(0, -2));
  return t.op('MatMul', [a, b], [...batch, x[x.length - 2], y[y.length - 1]]);
}

/** A product of two matrices, either transposed, times alpha. */
export function gemm(t: Tape, a: string, b: string, transA: boolean, transB: boolean, alpha = 1): string {
  const x = t.dims(a);
  const y = t.dims(b);
  const dims = [x[transA ? 1 : 0], y[transB ? 0 : 1]];
  return t.op('Gemm', [a, b], dims, {
    ...(transA && { transA: 1 }),
    ...(transB && { transB: 1 }),
    ...(alpha !== 1 && { alpha: { float: alpha } }),
  });
}

/** The last two axes swapped. */
export function swapLast(t: Tape, x: string): string {
  const n = t.dims(x).length;
  return transpose(t, x, [...range(n - 2), n - 1, n - 2]);
}

/** Adds to the elements of a flat vector of `size` zeros, as often as their indices say. @param indices int64, flat */
export function scatterFlat(t: Tape, size: number, indices: string, updates: string): string {
  const zeros = filled(t, 0, [size], updates);
  return t.op('ScatterElements', [zeros, indices, updates], [size], { axis: 0, reduction: 'add' });
}

/** A per-channel vector [C] shaped to broadcast along `axis` of a tensor of rank `rank`. */
export function alongAxis(t: Tape, v: string, axis: number, rank: number): string {
  const n = sizeOf(t.dims(v));
  return reshape(
    t,
    v,
    range(rank - axis).map((i) => (i === 0 ? n : 1)),
  );
}

/** The order of elements reversed along axes. */
export function reverse(t: Tape, x: string, axes: readonly number[]): string {
  const over = axes.filter((a) => t.dims(x)[a] > 1);
  if (over.length === 0) return x;
  const all = (v: number) => t.ints(over.map(() => v));
  // An end before the first element is said by a number below −dim.
  return t.op('Slice', [x, all(-1), all(-2147483648), t.ints(over), all(-1)], t.dims(x));
}

export function concat(t: Tape, parts: readonly string[], axis: number): string {
  if (parts.length === 1) return parts[0];
  const dims = [...t.dims(parts[0])];
  dims[axis] = parts.reduce((n, p) => n + t.dims(p)[axis], 0);
  return t.op('Concat', parts, dims, { axis });
}
