import { type Infer, isFollowed, type NodeContext, rearranged, withDims } from '../context.ts';
import { addDims, axisOf, type Dim, divDims, mergeDim, mulDims, numericDims, unknownDim } from '../dims.ts';

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
  const out = withDims(dims, changes);
  const ranges = dims.map((d, axis) => {
    const i = at.indexOf(axis);
    if (i < 0) return { from: 0, step: 1 };
    const [start, end, step] = [starts?.[i], ends?.[i], steps ? steps[i] : c.has(4) && !old ? undefined : 1];
    const known = [d, start, end, step].every((x) => typeof x === 'number') && step !== 0;
    return known
      ? { from: sliceOf(Number(d), Number(start), Number(end), Number(step)).from, step: Number(step) }
      : undefined;
  });
  const sure = ranges.every((r) => r !== undefined);
  const part = sure
    ? rearranged(data, dims, out, (index) => index.map((x, i) => ranges[i]!.from + x * ranges[i]!.step))
    : undefined;
  c.out(0, dtype, out, part);
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

/** Operators that cut, join, extend or resample along axes. */
export const slices: Record<string, Infer> = {
  Concat: (c) => concat(c, c.int('axis', c.version < 4 ? 1 : Number.NaN)),
  Split: split,
  Slice: slice,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
  CenterCropPad: centerCropPad,
};
