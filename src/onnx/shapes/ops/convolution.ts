import type { Infer, NodeContext } from '../context.ts';
import { type Dim, type Dims, mulDims, unknownDim } from '../dims.ts';

/** What a window that slides over spatial dims is like, in opset 1 to 22's terms. */
export interface Window {
  kernel: readonly Dim[];
  strides: readonly number[];
  dilations: readonly number[];
  /** Begins, then ends. */
  pads: readonly number[];
  autoPad: string;
  ceil: boolean;
}

/** The window of a node over `n` spatial dims; undefined when the attributes contradict each other. */
export function windowOf(c: NodeContext, n: number, kernel: readonly Dim[] | undefined): Window | undefined {
  const strides = c.intList('strides') ?? new Array(n).fill(1);
  const dilations = c.intList('dilations') ?? new Array(n).fill(1);
  const pads = c.intList('pads') ?? new Array(2 * n).fill(0);
  const k = c.intList('kernel_shape') ?? kernel;
  if (!k || k.length !== n || strides.length !== n || dilations.length !== n || pads.length !== 2 * n) return undefined;
  if (strides.some((s) => s < 1)) return undefined;
  return {
    kernel: k,
    strides,
    dilations,
    pads,
    autoPad: c.text('auto_pad', 'NOTSET'),
    ceil: c.int('ceil_mode', 0) === 1,
  };
}

/** Positions of the window along spatial dim `i` of `size` (onnx/docs/Operators.md, MaxPool's and Conv's output shape). */
function slides(size: Dim, w: Window, i: number): Dim {
  const [k, s] = [w.kernel[i], w.strides[i]];
  const same = w.autoPad === 'SAME_UPPER' || w.autoPad === 'SAME_LOWER';
  if (same && s === 1) return size ?? unknownDim();
  if (typeof size !== 'number' || typeof k !== 'number') {
    // A window of one that steps by one keeps the size, and so does an odd one with half of it padded at both ends.
    const covered = typeof k === 'number' ? w.dilations[i] * (k - 1) : Number.NaN;
    const padded = w.autoPad === 'VALID' ? 0 : w.pads[i] + w.pads[i + w.strides.length];
    return s === 1 && covered === padded ? (size ?? unknownDim()) : unknownDim();
  }
  if (same) return Math.ceil(size / s);
  const padded = w.autoPad === 'VALID' ? 0 : w.pads[i] + w.pads[i + w.strides.length];
  const room = size + padded - (w.dilations[i] * (k - 1) + 1);
  if (room < 0) return unknownDim();
  if (!w.ceil) return Math.floor(room / s) + 1;
  const count = Math.ceil(room / s) + 1;
  // The last window must begin inside the input or its left padding.
  const begin = w.autoPad === 'VALID' ? 0 : w.pads[i];
  return (count - 1) * s >= size + begin ? count - 1 : count;
}

/** Spatial output dims of a convolution or a pooling; unknown ones where it cannot be said. */
export function slid(spatial: Dims, w: Window | undefined): Dim[] {
  return spatial.map((d, i) => (w ? slides(d, w, i) : unknownDim()));
}

/** A convolution of input `x` with the weight at input `w`. */
export function conv(c: NodeContext, x: number, w: number, dtype: string) {
  const [dims, weight] = [c.dims(x), c.dims(w)];
  const rank = dims?.length ?? weight?.length;
  const clash = dims && weight && dims.length !== weight.length;
  if (!rank || rank < 2 || rank > 16 || clash) return c.out(0, dtype, null);
  const kernel = weight?.length === rank ? weight.slice(2) : undefined;
  const spatial = dims
    ? slid(dims.slice(2), windowOf(c, rank - 2, kernel))
    : Array.from({ length: rank - 2 }, unknownDim);
  c.out(0, dtype, [dims?.[0] ?? unknownDim(), weight?.[0] ?? unknownDim(), ...spatial]);
}

const convTranspose: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const weight = c.dims(1);
  if (!dims || dims.length < 2) return c.out(0, dtype, null);
  const n = dims.length - 2;
  const w = windowOf(c, n, weight?.length === dims.length ? weight.slice(2) : undefined);
  const more = c.intList('output_padding') ?? new Array(n).fill(0);
  const given = c.intList('output_shape');
  const spatial = dims.slice(2).map((d, i): Dim => {
    if (given) return given[given.length - n + i] ?? unknownDim();
    if (!w) return unknownDim();
    const k = w.kernel[i];
    const same = w.autoPad === 'SAME_UPPER' || w.autoPad === 'SAME_LOWER';
    if (same) return mulDims(d, w.strides[i]);
    if (typeof d !== 'number' || typeof k !== 'number') return unknownDim();
    const padded = w.autoPad === 'VALID' ? 0 : w.pads[i] + w.pads[i + n];
    return w.strides[i] * (d - 1) + (more[i] ?? 0) + (k - 1) * w.dilations[i] + 1 - padded;
  });
  const channels = weight ? mulDims(weight[1], c.int('group', 1)) : unknownDim();
  c.out(0, dtype, [dims[0], channels, ...spatial.map((d) => (typeof d === 'number' && d < 0 ? unknownDim() : d))]);
};

export const pool: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  if (!dims || dims.length < 2) return c.out(0, dtype, null);
  const out = [dims[0], dims[1], ...slid(dims.slice(2), windowOf(c, dims.length - 2, undefined))];
  c.out(0, dtype, out);
  c.out(1, 'int64', out);
};

const globalPool: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  c.out(0, dtype, dims?.map((d, i) => (i < 2 ? d : 1)) ?? null);
};

const maxUnpool: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  if (!dims) return c.out(0, dtype, null);
  if (c.has(2)) return c.out(0, dtype, c.data(2)?.map((d) => d ?? unknownDim()) ?? dims.map(unknownDim));
  const w = windowOf(c, dims.length - 2, undefined);
  c.out(
    0,
    dtype,
    dims.map((d, i) => {
      const [k, at] = [w?.kernel[i - 2], i - 2];
      if (i < 2) return d;
      if (!w || typeof d !== 'number' || typeof k !== 'number') return unknownDim();
      return (d - 1) * w.strides[at] - w.pads[at] - w.pads[at + dims.length - 2] + k;
    }),
  );
};

const roi: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const size = c.intList('pooled_shape') ?? [c.int('output_height', 1), c.int('output_width', 1)];
  c.out(0, dtype, dims?.length === 4 ? [c.dims(1)?.[0] ?? unknownDim(), dims[1], ...size] : null);
};

/** Old versions have their running statistics among the outputs. */
const batchNormalization: Infer = (c) => {
  c.out(0, c.in(0).dtype, c.dims(0));
  for (let i = 1; i < c.outputs.length; i++)
    c.out(i, c.in(3).dtype || c.in(0).dtype, c.dims(3) ?? [c.dims(0)?.[1] ?? unknownDim()]);
};

export const convolution: Record<string, Infer> = {
  Conv: (c) => conv(c, 0, 1, c.in(0).dtype),
  DeformConv: (c) => conv(c, 0, 1, c.in(0).dtype),
  ConvTranspose: convTranspose,
  MaxPool: pool,
  AveragePool: pool,
  LpPool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  GlobalLpPool: globalPool,
  MaxUnpool: maxUnpool,
  MaxRoiPool: roi,
  RoiAlign: roi,
  BatchNormalization: batchNormalization,
};
