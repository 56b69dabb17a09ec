import { type Infer, isFollowed, MAX_DATA, type NodeContext, withDims } from '../context.ts';
import {
  addDims,
  axisOf,
  countOf,
  type Dim,
  type Dims,
  divDims,
  isNamed,
  mergeDim,
  mulDims,
  numericDims,
  unknownDim,
} from '../dims.ts';

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
  const { dtype, dims } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  const perm = c.intList('perm') ?? dims.map((_, i) => dims.length - 1 - i);
  const valid = perm.length === dims.length && perm.every((p) => p >= 0 && p < dims.length);
  c.out(0, dtype, valid ? perm.map((p) => dims[p]) : null, dims.length < 2 ? c.data(0) : undefined);
};

/** Inputs joined along an axis. */
function concat(c: NodeContext, axis: number | undefined) {
  const inputs = c.node.input.map((_, i) => c.in(i));
  const dtype = inputs.find((x) => x.dtype)?.dtype ?? '';
  const first = inputs.find((x) => x.dims)?.dims;
  const at = first && axis !== undefined ? axisOf(axis, first.length) : undefined;
  if (!first || at === undefined) return c.out(0, dtype, null);
  const out: Dim[] = first.map((_, i) => {
    if (i === at) return inputs.map((x) => x.dims?.[i] ?? null).reduce((a, b) => addDims(a, b), 0);
    return inputs.map((x) => x.dims?.[i] ?? null).reduce(mergeDim);
  });
  const flat = first.length === 1 && isFollowed(dtype) && inputs.every((x) => x.data);
  c.out(
    0,
    dtype,
    out.map((d) => d ?? unknownDim()),
    flat ? inputs.flatMap((x) => x.data!) : undefined,
  );
}

const split: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const axis = c.axis('axis', 0);
  if (!dims || axis === undefined) return c.outAll(dtype, null);
  const n = c.node.output.length;
  const given = c.version < 13 || c.node.input.length < 2 ? c.intList('split') : c.ints(1);
  const unknown = !given && c.has(1);
  const total = dims[axis];
  let from = 0;
  for (let i = 0; i < n; i++) {
    let size: Dim = unknownDim();
    if (given) size = given[i] ?? unknownDim();
    else if (!unknown && typeof total === 'number') {
      // Uneven splits are allowed since opset 18: the last one is smaller.
      const chunk = Math.ceil(total / n);
      size = Math.max(0, Math.min(chunk, total - i * chunk));
    } else if (!unknown) size = divDims(total, n);
    const part = data && dims.length === 1 && typeof size === 'number' ? data.slice(from, from + size) : undefined;
    c.out(i, dtype, withDims(dims, new Map([[axis, size]])), part);
    from += typeof size === 'number' ? size : Number.NaN;
  }
};

/** Where a slice of a dim of `size` begins and ends (onnx/defs/tensor/defs.cc, Slice-13), and how many it takes. */
function sliceOf(size: number, start: number, end: number, step: number): { from: number; count: number } {
  const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x < 0 ? x + size : x));
  const from = step > 0 ? clamp(start, 0, size) : clamp(start, 0, size - 1);
  const to = step > 0 ? clamp(end, 0, size) : clamp(end, -1, size - 1);
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/** An end from here on means "to the end", whatever the size. */
const TO_THE_END = 2 ** 31 - 1;

function slicedDim(size: Dim, start: Dim, end: Dim, step: Dim): Dim {
  if (typeof step !== 'number' || step === 0) return unknownDim();
  const numbers = typeof start === 'number' && typeof end === 'number';
  if (typeof size === 'number' && numbers) return sliceOf(size, start, end, step).count;
  const whole = start === 0 && (end === size || (typeof end === 'number' && end >= TO_THE_END));
  return step === 1 && whole ? (size ?? unknownDim()) : unknownDim();
}

const slice: Infer = (c) => {
  const { dtype, dims, data } = c.in(0);
  const old = c.version < 10;
  const starts = old ? c.intList('starts') : c.data(1);
  const ends = old ? c.intList('ends') : c.data(2);
  if (!dims) return c.out(0, dtype, null);
  const axes = old ? c.intList('axes') : c.has(3) ? c.ints(3) : undefined;
  const steps = !old && c.has(4) ? c.data(4) : undefined;
  const count = starts?.length ?? numericDims(c.dims(1))?.[0];
  const list = axes ?? (c.has(3) && !old ? undefined : Array.from({ length: Math.min(count ?? 0, 64) }, (_, i) => i));
  const at = list?.map((a) => axisOf(a, dims.length));
  if (!at || count === undefined || at.includes(undefined)) return c.out(0, dtype, dims.map(unknownDim));
  const changes = new Map<number, Dim>();
  at.forEach((axis, i) => {
    const step = steps ? (steps[i] ?? null) : c.has(4) && !old ? null : 1;
    changes.set(axis!, slicedDim(dims[axis!], starts?.[i] ?? null, ends?.[i] ?? null, step));
  });
  let part: Dims | undefined;
  if (data && dims.length === 1 && at.length === 1) {
    const [start, end, step] = [starts?.[0], ends?.[0], steps ? steps[0] : 1];
    if (typeof start === 'number' && typeof end === 'number' && typeof step === 'number' && step !== 0) {
      const { from, count: n } = sliceOf(data.length, start, end, step);
      part = Array.from({ length: n }, (_, i) => data[from + i * step]);
    }
  }
  c.out(0, dtype, withDims(dims, changes), part);
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

const pad: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  const pads = c.version < 11 ? (c.intList('pads') ?? c.intList('paddings')) : c.data(1);
  const axes = c.version >= 18 && c.has(3) ? c.ints(3) : dims.map((_, i) => i);
  const at = axes?.map((a) => axisOf(a, dims.length));
  if (!pads || !at || at.includes(undefined) || pads.length !== 2 * at.length)
    return c.out(0, dtype, dims.map(unknownDim));
  const changes = new Map<number, Dim>();
  at.forEach((axis, i) => {
    changes.set(axis!, addDims(dims[axis!], addDims(pads[i], pads[i + at.length])));
  });
  c.out(0, dtype, withDims(dims, changes));
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

/** Resize and Upsample: sizes, or the input's dims times scales, rounded down. */
const resize: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  const sizesAt = c.version >= 11 ? 3 : -1;
  const axes = c.intList('axes')?.map((a) => axisOf(a, dims.length)) ?? dims.map((_, i) => i);
  const sizes = c.has(sizesAt) ? c.data(sizesAt) : undefined;
  const stretched = c.text('keep_aspect_ratio_policy', 'stretch') === 'stretch';
  if (axes.includes(undefined)) c.out(0, dtype, dims.map(unknownDim));
  else if (sizes?.length === axes.length && stretched) {
    c.out(0, dtype, withDims(dims, new Map(axes.map((a, i) => [a!, sizes[i] ?? unknownDim()]))));
  } else {
    const attribute = c.node.attribute.find((a) => a.name === 'scales')?.floats;
    const scales = attribute ?? c.in(c.version >= 11 ? 2 : 1).floats;
    const scaled = axes.map((a, i): Dim => {
      const d = dims[a!];
      if (scales?.length !== axes.length) return unknownDim();
      // Scales are float32, and so is the product.
      if (typeof d === 'number') return Math.floor(Math.fround(d * scales[i]));
      return Number.isInteger(scales[i]) ? mulDims(d, scales[i]) : unknownDim();
    });
    c.out(0, dtype, withDims(dims, new Map(axes.map((a, i) => [a!, scaled[i]]))));
  }
};

const centerCropPad: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  const axes = c.intList('axes')?.map((a) => axisOf(a, dims.length)) ?? dims.map((_, i) => i);
  const sizes = c.data(1);
  if (!sizes || axes.includes(undefined)) return c.out(0, dtype, dims.map(unknownDim));
  c.out(0, dtype, withDims(dims, new Map(axes.map((a, i) => [a!, sizes[i] ?? unknownDim()]))));
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
  Concat: (c) => concat(c, c.int('axis', c.version < 4 ? 1 : Number.NaN)),
  Split: split,
  Slice: slice,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Resize: resize,
  Upsample: resize,
  CenterCropPad: centerCropPad,
  Shape: shape,
  Size: (c) => {
    const dims = c.dims(0);
    const count = dims && countOf(dims);
    c.out(0, 'int64', [], isNamed(count ?? undefined) ? [count] : undefined);
  },
};
