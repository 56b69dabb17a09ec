import { type Infer, MAX_DATA, rearranged } from '../context.ts';
import { axisOf, countOf, type Dim, type Dims, divDims, isNamed, mulDims, numericDims, unknownDim } from '../dims.ts';

/** The dims that a Reshape gives (onnx/defs/tensor/defs.cc): 0 copies an input's dim, −1 is what is left. */
export function reshaped(input: Dims | null, target: Dims, allowZero: boolean): Dim[] {
  const out: Dim[] = target.map((d, i) => (d === 0 && !allowZero ? (input?.[i] ?? unknownDim()) : d));
  const free = out.indexOf(-1);
  const negative = out.some((d, i) => i !== free && typeof d === 'number' && d < 0);
  if (negative) return out.map(() => unknownDim());
  // A symbol in the target may stand for −1 as well, but then the dim it gives is that of no other place.
  if (free >= 0) {
    const rest = countOf(out.filter((_, i) => i !== free));
    out[free] = input ? divDims(countOf(input), rest) : unknownDim();
  }
  return out.map((d) => d ?? unknownDim());
}

const reshape: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const target = c.node.input.length > 1 ? c.data(1) : c.intList('shape');
  if (target) return c.out(0, dtype, reshaped(dims, target, c.int('allowzero', 0) === 1), data);
  const rank = c.dims(1)?.[0];
  const known = c.node.input.length > 1 && c.rank(1) === 1 && typeof rank === 'number' && rank <= 64;
  c.out(0, dtype, known ? Array.from({ length: rank }, unknownDim) : null);
};

const flatten: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const axis = c.int('axis', 1);
  const at = dims && (axis < 0 ? axis + dims.length : axis);
  const ok = dims && at !== null && at >= 0 && at <= dims.length;
  c.out(0, dtype, ok ? [countOf(dims.slice(0, at)), countOf(dims.slice(at))] : [unknownDim(), unknownDim()], data);
};

const squeeze: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const axes = c.axes(1);
  if (!dims || axes === null) return c.out(0, dtype, null);
  if (axes === undefined) {
    const sure = dims.every((d) => typeof d === 'number');
    return c.out(0, dtype, sure ? dims.filter((d) => d !== 1) : null, data);
  }
  const gone = new Set(axes.map((a) => axisOf(a, dims.length)));
  c.out(
    0,
    dtype,
    dims.filter((_, i) => !gone.has(i)),
    data,
  );
};

const unsqueeze: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const axes = c.axes(1);
  if (!dims || !axes) return c.out(0, dtype, null);
  const rank = dims.length + axes.length;
  const fresh = new Set(axes.map((a) => axisOf(a, rank)));
  if (rank > 64 || fresh.has(undefined) || fresh.size !== axes.length) return c.out(0, dtype, null);
  let next = 0;
  c.out(
    0,
    dtype,
    Array.from({ length: rank }, (_, i) => (fresh.has(i) ? 1 : dims[next++])),
    data,
  );
};

const transpose: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  const perm = c.intList('perm') ?? dims.map((_, i) => dims.length - 1 - i);
  const valid = perm.length === dims.length && perm.every((p) => p >= 0 && p < dims.length);
  if (!valid) return c.out(0, dtype, null);
  const out = perm.map((p) => dims[p]);
  const inverse = dims.map((_, i) => perm.indexOf(i));
  c.out(
    0,
    dtype,
    out,
    rearranged(data, dims, out, (at) => inverse.map((k) => at[k])),
  );
};

const expand: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const target = c.data(1);
  if (!target || !dims) {
    const rank = numericDims(c.dims(1))?.[0];
    const ranked = dims && rank !== undefined && rank <= 64;
    return c.out(0, dtype, ranked ? Array.from({ length: Math.max(rank, dims.length) }, unknownDim) : null);
  }
  const rank = Math.max(dims.length, target.length);
  const out = Array.from({ length: rank }, (_, i): Dim => {
    const own = dims[i - (rank - dims.length)] ?? 1;
    const asked = i < rank - target.length ? 1 : target[i - (rank - target.length)];
    if (asked === 1 || (own === asked && own !== null)) return own;
    if (own === 1) return asked ?? unknownDim();
    return typeof own === 'number' ? own : typeof asked === 'number' ? asked : unknownDim();
  });
  const count = numericDims(out)?.reduce((a, b) => a * b, 1) ?? MAX_DATA + 1;
  const filled = data?.length === 1 && count <= MAX_DATA ? new Array<Dim>(count).fill(data[0]) : undefined;
  c.out(0, dtype, out, count === data?.length ? data : filled);
};

const tile: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const repeats = c.data(1);
  if (!dims) return c.out(0, dtype, null);
  const ok = c.version >= 6 && repeats?.length === dims.length;
  c.out(
    0,
    dtype,
    dims.map((d, i) => (ok ? mulDims(d, repeats[i]) : unknownDim())),
  );
};

const depthToSpace: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const b = c.int('blocksize', 1);
  if (dims?.length !== 4) return c.out(0, dtype, null);
  const [n, ch, h, w] = dims;
  c.out(0, dtype, [n, divDims(ch, b * b), mulDims(h, b), mulDims(w, b)]);
};

const spaceToDepth: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const b = c.int('blocksize', 1);
  if (dims?.length !== 4) return c.out(0, dtype, null);
  const [n, ch, h, w] = dims;
  c.out(0, dtype, [n, mulDims(ch, b * b), divDims(h, b), divDims(w, b)]);
};

const shape: Infer = (c) => {
  const dims = c.dims(0);
  if (!dims) return c.out(0, 'int64', [unknownDim()]);
  const clamp = (x: number) => Math.min(dims.length, Math.max(0, x < 0 ? x + dims.length : x));
  const part = dims.slice(clamp(c.int('start', 0)), clamp(c.int('end', dims.length)));
  c.out(0, 'int64', [part.length], part);
};

export const layout: Record<string, Infer> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Tile: tile,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Shape: shape,
  Size: (c) => {
    const dims = c.dims(0);
    const count = dims && countOf(dims);
    c.out(0, 'int64', [], isNamed(count ?? undefined) ? [count] : undefined);
  },
};
