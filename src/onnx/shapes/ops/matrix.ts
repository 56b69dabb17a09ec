import type { Infer, NodeContext } from '../context.ts';
import { addDims, broadcastDims, type Dim, type Dims, divDims, unknownDim } from '../dims.ts';

/** The shape of numpy's matmul; null when a rank is unknown. */
export function matmulDims(a: Dims | null, b: Dims | null): Dims | null {
  if (!a || !b || a.length === 0 || b.length === 0) return null;
  const batch = broadcastDims([a.slice(0, -2), b.slice(0, -2)])!;
  const rows = a.length > 1 ? [a[a.length - 2]] : [];
  const columns = b.length > 1 ? [b[b.length - 1]] : [];
  return [...batch, ...rows, ...columns];
}

/** Last two dims exchanged. */
export function transposed(dims: Dims | null): Dims | null {
  if (!dims || dims.length < 2) return dims;
  return [...dims.slice(0, -2), dims[dims.length - 1], dims[dims.length - 2]];
}

/** MatMul of two inputs. */
export function matmul(c: NodeContext, a: number, b: number, dtype: string): void {
  c.out(0, dtype, matmulDims(c.dims(a), c.dims(b)));
}

/** Gemm's output, of inputs `a` and `b`. */
export function gemm(c: NodeContext, dtype: string, a = 0, b = 1): void {
  const [x, y] = [c.dims(a), c.dims(b)];
  const rows = x?.length === 2 ? x[c.int('transA', 0) ? 1 : 0] : unknownDim();
  const columns = y?.length === 2 ? y[c.int('transB', 0) ? 0 : 1] : unknownDim();
  c.out(0, dtype, [rows, columns]);
}

/** The labels of an Einsum's operands and result, an ellipsis as the one label `.`; undefined when it cannot be read. */
export function einsumLabels(equation: string): { inputs: string[][]; output: string[] } | undefined {
  const text = equation.replaceAll(' ', '').replaceAll('...', '.');
  const [left, right, extra] = text.split('->');
  if (extra !== undefined || !/^[A-Za-z.,]*$/.test(left) || !/^[A-Za-z.]*$/.test(right ?? '')) return undefined;
  const inputs = left.split(',').map((s) => [...s]);
  if (right !== undefined) return { inputs, output: [...right] };
  // Without an arrow: the labels that appear once, in alphabetical order, after the ellipsis.
  const all = inputs.flat();
  const once = [...new Set(all)].filter((l) => l !== '.' && all.indexOf(l) === all.lastIndexOf(l)).sort();
  return { inputs, output: all.includes('.') ? ['.', ...once] : once };
}

/** The dims that an Einsum's labels stand for; those of the ellipsis under `.`. */
export function einsumDims(inputs: string[][], shapes: readonly (Dims | null)[]): Map<string, Dims> | undefined {
  const sizes = new Map<string, Dims>();
  for (let k = 0; k < inputs.length; k++) {
    const shape = shapes[k];
    const labels = inputs[k];
    if (!shape) return undefined;
    const extra = shape.length - labels.filter((l) => l !== '.').length;
    if (extra < 0 || (extra > 0 && !labels.includes('.'))) return undefined;
    let at = 0;
    for (const label of labels) {
      const width = label === '.' ? extra : 1;
      const own = shape.slice(at, at + width);
      at += width;
      sizes.set(label, broadcastDims([sizes.get(label) ?? [], own])!);
    }
  }
  return sizes;
}

const einsum: Infer = (c) => {
  const labels = einsumLabels(c.text('equation', ''));
  const sizes =
    labels &&
    einsumDims(
      labels.inputs,
      labels.inputs.map((_, i) => c.dims(i)),
    );
  const known = sizes && labels.output.every((l) => sizes.has(l) || l === '.');
  c.out(0, c.in(0).dtype, known ? labels.output.flatMap((l): readonly Dim[] => sizes.get(l) ?? []) : null);
};

const attention: Infer = (c) => {
  // ai.onnx Attention-23: Q [B, S, H·E] or [B, H, S, E]; the output has V's head size.
  const [q, k, v] = [c.dims(0), c.dims(1), c.dims(2)];
  const { dtype } = c.in(0);
  const heads = c.int('kv_num_heads', 0);
  if (q?.length === 4 && v?.length === 4) c.out(0, dtype, [q[0], q[1], q[2], v[3]]);
  else if (q?.length === 3 && v?.length === 3 && typeof v[2] === 'number' && heads > 0) {
    c.out(0, dtype, [q[0], q[1], (v[2] / heads) * c.int('q_num_heads', heads)]);
  } else c.out(0, dtype, q ? q.map(unknownDim) : null);
  // The caches grow by what is new: past, then present. The scores are one for each query and key.
  const headed = (x: Dims | null, past: Dims | null): Dim[] | null => {
    const own = x?.length === 4 ? [x[0], x[1], x[2], x[3]] : null;
    const split = x?.length === 3 && heads > 0 ? [x[0], heads, x[1], divDims(x[2], heads)] : own;
    return split && past?.length === 4 ? [split[0], split[1], addDims(past[2], split[2]), split[3]] : split;
  };
  const keys = headed(k, c.dims(4));
  c.out(1, dtype, keys);
  c.out(2, dtype, headed(v, c.dims(5)));
  const queries = q?.length === 4 ? q[1] : c.int('q_num_heads', heads) || unknownDim();
  const rows = q?.length === 4 ? q[2] : (q?.[1] ?? unknownDim());
  c.out(3, dtype, q && keys ? [q[0], queries, rows, keys[2]] : null);
};

const rnn =
  (outputs: number): Infer =>
  (c) => {
    const { dtype, dims } = c.in(0);
    const r = c.dims(2);
    const hidden = c.int('hidden_size', 0) || r?.[2] || unknownDim();
    const directions = c.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
    const layout = c.int('layout', 0) === 1;
    const [seq, batch] =
      dims?.length === 3 ? (layout ? [dims[1], dims[0]] : [dims[0], dims[1]]) : [unknownDim(), unknownDim()];
    c.out(0, dtype, layout ? [batch, seq, directions, hidden] : [seq, directions, batch, hidden]);
    for (let i = 1; i < outputs; i++)
      c.out(i, dtype, layout ? [batch, directions, hidden] : [directions, batch, hidden]);
  };

export const matrix: Record<string, Infer> = {
  MatMul: (c) => matmul(c, 0, 1, c.in(0).dtype || c.in(1).dtype),
  Gemm: (c) => gemm(c, c.in(0).dtype || c.in(1).dtype),
  Einsum: einsum,
  Det: (c) => c.out(0, c.in(0).dtype, c.dims(0)?.slice(0, -2) ?? null),
  Attention: attention,
  RNN: rnn(2),
  GRU: rnn(2),
  LSTM: rnn(3),
};
