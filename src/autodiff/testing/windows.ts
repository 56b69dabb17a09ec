import {
  type Attributes,
  build,
  count,
  get,
  indices,
  int,
  list,
  numbers,
  type Operator,
  type Ref,
  stridesOf,
  text,
} from './tensor.ts';

interface Window {
  strides: number[];
  dilations: number[];
  pads: number[];
  out: number[];
}

/** How a window of `kernel` moves over `spatial`, as the descriptions of Conv and the pools say. */
function windowOf(a: Attributes, kernel: readonly number[], spatial: readonly number[]): Window {
  const n = kernel.length;
  const strides = list(a, 'strides') ?? kernel.map(() => 1);
  const dilations = list(a, 'dilations') ?? kernel.map(() => 1);
  let pads = list(a, 'pads') ?? new Array(2 * n).fill(0);
  const auto = text(a, 'auto_pad', 'NOTSET');
  const reach = kernel.map((k, i) => (k - 1) * dilations[i] + 1);
  if (auto.startsWith('SAME')) {
    const total = spatial.map((d, i) => Math.max(0, (Math.ceil(d / strides[i]) - 1) * strides[i] + reach[i] - d));
    const odd = (t: number, first: boolean) => (first ? Math.floor(t / 2) : Math.ceil(t / 2));
    pads = [...total.map((t) => odd(t, auto === 'SAME_UPPER')), ...total.map((t) => odd(t, auto !== 'SAME_UPPER'))];
  }
  const round = int(a, 'ceil_mode', 0) ? Math.ceil : Math.floor;
  const out = spatial.map((d, i) => {
    let size = round((d + pads[i] + pads[i + n] - reach[i]) / strides[i]) + 1;
    // A window that would begin in the padding at the end is left out.
    if (int(a, 'ceil_mode', 0) && (size - 1) * strides[i] >= d + pads[i]) size--;
    return size;
  });
  return { strides, dilations, pads, out };
}

const conv: Operator = ([x, w, b], a) => {
  const [n, ci, ...spatial] = x!.dims;
  const [co, per, ...kernel] = w!.dims;
  const { strides, dilations, pads, out } = windowOf(a, kernel, spatial);
  const group = int(a, 'group', 1);
  if (ci !== per * group) throw new Error('channels');
  return [
    build([n, co, ...out], ([i, o, ...at]) => {
      let sum = b ? b.data[o] : 0;
      const first = Math.floor(o / (co / group)) * per;
      for (const [c, ...k] of indices([per, ...kernel])) {
        const from = at.map((p, d) => p * strides[d] + k[d] * dilations[d] - pads[d]);
        if (from.some((p, d) => p < 0 || p >= spatial[d])) continue;
        sum += get(x!, [i, first + c, ...from]) * get(w!, [o, c, ...k]);
      }
      return sum;
    }),
  ];
};

const convTranspose: Operator = ([x, w, b], a) => {
  const [n, ci, ...spatial] = x!.dims;
  const [, per, ...kernel] = w!.dims;
  const group = int(a, 'group', 1);
  const strides = list(a, 'strides') ?? kernel.map(() => 1);
  const dilations = list(a, 'dilations') ?? kernel.map(() => 1);
  const pads = list(a, 'pads') ?? [...kernel, ...kernel].map(() => 0);
  const extra = list(a, 'output_padding') ?? kernel.map(() => 0);
  const out = spatial.map(
    (d, i) => strides[i] * (d - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1 - pads[i] - pads[i + kernel.length],
  );
  const dims = [n, per * group, ...out];
  const strideOf = stridesOf(dims);
  const data = new Float64Array(count(dims));
  if (b) {
    let i = 0;
    for (const at of indices(dims)) data[i++] = b.data[at[1]];
  }
  for (const [i, c, ...at] of indices(x!.dims)) {
    const g = Math.floor(c / (ci / group));
    for (const [o, ...k] of indices([per, ...kernel])) {
      const to = at.map((p, d) => p * strides[d] + k[d] * dilations[d] - pads[d]);
      if (to.some((p, d) => p < 0 || p >= out[d])) continue;
      const flat = [i, g * per + o, ...to].reduce((f, p, d) => f + p * strideOf[d], 0);
      data[flat] += get(x!, [i, c, ...at]) * get(w!, [c, o, ...k]);
    }
  }
  return [{ dims, data }];
};

/** A function of the elements that each window covers, and of how many of its places lie in the data or its padding. */
const pool =
  (f: (inside: number[], places: number, a: Attributes) => number): Operator =>
  ([x], a) => {
    const [n, c, ...spatial] = x!.dims;
    const kernel = list(a, 'kernel_shape')!;
    const { strides, dilations, pads, out } = windowOf(a, kernel, spatial);
    return [
      build([n, c, ...out], ([i, o, ...at]) => {
        const inside: number[] = [];
        let places = 0;
        for (const k of indices(kernel)) {
          const from = at.map((p, d) => p * strides[d] + k[d] * dilations[d] - pads[d]);
          if (from.every((p, d) => p < spatial[d] + pads[d + kernel.length])) places++;
          if (from.every((p, d) => p >= 0 && p < spatial[d])) inside.push(get(x!, [i, o, ...from]));
        }
        return f(inside, places, a);
      }),
    ];
  };

const total = (x: number[]) => x.reduce((p, v) => p + v, 0);

const global =
  (f: (x: number[]) => number): Operator =>
  ([x]) => {
    const [n, c, ...spatial] = x!.dims;
    const size = count(spatial);
    const dims = [n, c, ...spatial.map(() => 1)];
    return [
      {
        dims,
        data: Float64Array.from({ length: n * c }, (_, i) => f([...x!.data.subarray(i * size, i * size + size)])),
      },
    ];
  };

function product(x: Ref, y: Ref): Ref {
  const a = x.dims.length === 1 ? { ...x, dims: [1, ...x.dims] } : x;
  const b = y.dims.length === 1 ? { ...y, dims: [...y.dims, 1] } : y;
  const batch = (r: Ref) => r.dims.slice(0, -2);
  const rank = Math.max(batch(a).length, batch(b).length);
  const size = (r: Ref, i: number) => batch(r)[i - rank + batch(r).length] ?? 1;
  const outer = Array.from({ length: rank }, (_, i) => Math.max(size(a, i), size(b, i)));
  const [m, k] = a.dims.slice(-2);
  const n = b.dims[b.dims.length - 1];
  const lead = (r: Ref, at: readonly number[]) =>
    batch(r).map((d, i) => (d === 1 ? 0 : at[i + rank - batch(r).length]));
  const full = build([...outer, m, n], (at) => {
    let sum = 0;
    const [row, column] = at.slice(-2);
    for (let p = 0; p < k; p++) sum += get(a, [...lead(a, at), row, p]) * get(b, [...lead(b, at), p, column]);
    return sum;
  });
  const dims = [...outer, ...(x.dims.length > 1 ? [m] : []), ...(y.dims.length > 1 ? [n] : [])];
  return { dims, data: full.data };
}

export const WINDOWS: Readonly<Record<string, Operator>> = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool((x) => Math.max(...x)),
  AveragePool: pool((x, places, a) => total(x) / (int(a, 'count_include_pad', 0) ? places : x.length)),
  GlobalAveragePool: global((x) => total(x) / x.length),
  GlobalMaxPool: global((x) => Math.max(...x)),
  MatMul: ([a, b]) => [product(a!, b!)],
  Gemm: ([a, b, c], at) => {
    const turn = (r: Ref, on: number) => (on ? build([r.dims[1], r.dims[0]], ([i, j]) => get(r, [j, i])) : r);
    const y = product(turn(a!, int(at, 'transA', 0)), turn(b!, int(at, 'transB', 0)));
    return [
      build(y.dims, ([i, j]) => {
        const bias = c
          ? get(
              c,
              c.dims.map((d, k) => (d === 1 ? 0 : [i, j][k + 2 - c.dims.length])),
            )
          : 0;
        return int(at, 'alpha', 1) * get(y, [i, j]) + int(at, 'beta', 1) * bias;
      }),
    ];
  },
  Resize: ([x, , scales, sizes], a) => {
    const given = numbers(scales);
    const out = numbers(sizes) ?? x!.dims.map((d, i) => Math.floor(d * given![i]));
    const by = x!.dims.map((d, i) => (given?.length ? given[i] : out[i] / d));
    const mode = text(a, 'coordinate_transformation_mode', 'half_pixel');
    const place = (k: number, i: number) => {
      if (mode === 'asymmetric') return k / by[i];
      if (mode === 'align_corners') return out[i] === 1 ? 0 : (k * (x!.dims[i] - 1)) / (out[i] - 1);
      if (mode === 'pytorch_half_pixel' && out[i] === 1) return 0;
      return (k + 0.5) / by[i] - 0.5;
    };
    const clamp = (k: number, i: number) => Math.max(0, Math.min(x!.dims[i] - 1, k));
    if (text(a, 'mode', 'nearest') === 'nearest') {
      const rounding: Record<string, (v: number) => number> = {
        floor: Math.floor,
        ceil: Math.ceil,
        round_prefer_ceil: Math.round,
        round_prefer_floor: (v) => Math.ceil(v - 0.5),
      };
      const round = rounding[text(a, 'nearest_mode', 'round_prefer_floor')];
      return [
        build(out, (at) =>
          get(
            x!,
            at.map((k, i) => clamp(round(place(k, i)), i)),
          ),
        ),
      ];
    }
    return [
      build(out, (at) => {
        const spots = at.map((k, i) => clamp(place(k, i), i));
        let sum = 0;
        for (const corner of indices(spots.map(() => 2))) {
          const weight = corner.reduce((w, up, i) => {
            const f = spots[i] - Math.floor(spots[i]);
            return w * (up ? f : 1 - f);
          }, 1);
          if (weight)
            sum +=
              weight *
              get(
                x!,
                corner.map((up, i) => clamp(Math.floor(spots[i]) + up, i)),
              );
        }
        return sum;
      }),
    ];
  },
};
