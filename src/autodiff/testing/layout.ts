import { broadcast, build, count, get, int, list, numbers, type Operator, type Ref, text, wrap } from './tensor.ts';

/** The same elements in another shape. */
const reshaped = (x: Ref, dims: readonly number[]): Ref[] => [{ dims, data: x.data }];

const slice: Operator = ([x, starts, ends, axes, steps]) => {
  const rank = x!.dims.length;
  const dims = [...x!.dims];
  const from = dims.map(() => 0);
  const by = dims.map(() => 1);
  numbers(starts)!.forEach((s, i) => {
    const axis = wrap(numbers(axes)?.[i] ?? i, rank);
    const step = numbers(steps)?.[i] ?? 1;
    const n = x!.dims[axis];
    const turn = (v: number) => (v < 0 ? v + n : v);
    const clamp = (v: number, low: number, high: number) => Math.max(low, Math.min(high, v));
    const start = step > 0 ? clamp(turn(s), 0, n) : clamp(turn(s), 0, n - 1);
    const end = step > 0 ? clamp(turn(ends!.data[i]), 0, n) : clamp(turn(ends!.data[i]), -1, n - 1);
    from[axis] = start;
    by[axis] = step;
    dims[axis] = Math.max(0, Math.ceil((end - start) / step));
  });
  return [
    build(dims, (at) =>
      get(
        x!,
        at.map((k, i) => from[i] + k * by[i]),
      ),
    ),
  ];
};

const pad: Operator = ([x, pads, value, axes], a) => {
  const rank = x!.dims.length;
  const p = numbers(pads)!;
  const over = (numbers(axes) ?? x!.dims.map((_, i) => i)).map((v) => wrap(v, rank));
  const before = x!.dims.map((_, i) => (over.includes(i) ? p[over.indexOf(i)] : 0));
  const after = x!.dims.map((_, i) => (over.includes(i) ? p[over.indexOf(i) + over.length] : 0));
  const mode = text(a, 'mode', 'constant');
  const dims = x!.dims.map((d, i) => d + before[i] + after[i]);
  return [
    build(dims, (at) => {
      let outside = false;
      const from = at.map((k, i) => {
        const n = x!.dims[i];
        let v = k - before[i];
        if (v >= 0 && v < n) return v;
        outside = true;
        if (mode === 'edge') return v < 0 ? 0 : n - 1;
        if (mode === 'wrap') return ((v % n) + n) % n;
        // Reflection back and forth, without the edge.
        while (mode === 'reflect' && (v < 0 || v >= n)) v = v < 0 ? -v : 2 * (n - 1) - v;
        return v;
      });
      return outside && mode === 'constant' ? (value?.data[0] ?? 0) : get(x!, from);
    }),
  ];
};

const split: Operator = ([x, sizes], a, outputs) => {
  const axis = wrap(int(a, 'axis', 0), x!.dims.length);
  const each = Math.ceil(x!.dims[axis] / outputs);
  const parts = numbers(sizes) ?? Array.from({ length: outputs }, (_, i) => Math.min(each, x!.dims[axis] - i * each));
  let start = 0;
  return parts.map((n) => {
    const from = start;
    start += n;
    const dims = x!.dims.map((d, i) => (i === axis ? n : d));
    return build(dims, (at) =>
      get(
        x!,
        at.map((k, i) => (i === axis ? k + from : k)),
      ),
    );
  });
};

const concat: Operator = (inputs, a) => {
  const parts = inputs.map((x) => x!);
  const axis = wrap(int(a, 'axis', 0), parts[0].dims.length);
  const dims = parts[0].dims.map((d, i) => (i === axis ? parts.reduce((n, p) => n + p.dims[axis], 0) : d));
  return [
    build(dims, (at) => {
      let k = at[axis];
      let part = parts[0];
      for (const p of parts) {
        part = p;
        if (k < p.dims[axis]) break;
        k -= p.dims[axis];
      }
      return get(
        part,
        at.map((v, i) => (i === axis ? k : v)),
      );
    }),
  ];
};

const gather: Operator = ([x, index], a) => {
  const axis = wrap(int(a, 'axis', 0), x!.dims.length);
  const inner = index!.dims.length;
  const dims = [...x!.dims.slice(0, axis), ...index!.dims, ...x!.dims.slice(axis + 1)];
  return [
    build(dims, (at) => {
      const k = wrap(get(index!, at.slice(axis, axis + inner)), x!.dims[axis]);
      return get(x!, [...at.slice(0, axis), k, ...at.slice(axis + inner)]);
    }),
  ];
};

const blocks =
  (toDepth: boolean): Operator =>
  ([x], a) => {
    const b = int(a, 'blocksize', 1);
    const [n, c, h, w] = x!.dims;
    if (toDepth) {
      return [
        build([n, c * b * b, h / b, w / b], ([i, k, y, z]) => {
          const block = Math.floor(k / c);
          return get(x!, [i, k % c, y * b + Math.floor(block / b), z * b + (block % b)]);
        }),
      ];
    }
    const depth = c / (b * b);
    const crd = text(a, 'mode', 'DCR') === 'CRD';
    return [
      build([n, depth, h * b, w * b], ([i, k, y, z]) => {
        const block = (y % b) * b + (z % b);
        return get(x!, [i, crd ? k * b * b + block : block * depth + k, Math.floor(y / b), Math.floor(z / b)]);
      }),
    ];
  };

export const LAYOUT: Readonly<Record<string, Operator>> = {
  Reshape: ([x, shape]) => {
    const wanted = numbers(shape)!.map((d, i) => (d === 0 ? x!.dims[i] : d));
    const known = wanted.filter((d) => d >= 0).reduce((p, d) => p * d, 1);
    return reshaped(
      x!,
      wanted.map((d) => (d < 0 ? x!.data.length / known : d)),
    );
  },
  Flatten: ([x], a) => {
    const axis = wrap(int(a, 'axis', 1), x!.dims.length);
    return reshaped(x!, [count(x!.dims.slice(0, axis)), count(x!.dims.slice(axis))]);
  },
  Squeeze: ([x, axes]) => {
    const over = numbers(axes)?.map((v) => wrap(v, x!.dims.length));
    return reshaped(
      x!,
      x!.dims.filter((d, i) => (over ? !over.includes(i) : d !== 1)),
    );
  },
  Unsqueeze: ([x, axes]) => {
    const rank = x!.dims.length + axes!.data.length;
    const over = numbers(axes)!.map((v) => wrap(v, rank));
    const rest = [...x!.dims];
    return reshaped(
      x!,
      Array.from({ length: rank }, (_, i) => (over.includes(i) ? 1 : rest.shift()!)),
    );
  },
  Transpose: ([x], a) => {
    const perm = list(a, 'perm') ?? x!.dims.map((_, i) => x!.dims.length - 1 - i);
    const dims = perm.map((p) => x!.dims[p]);
    return [
      build(dims, (at) =>
        get(
          x!,
          x!.dims.map((_, i) => at[perm.indexOf(i)]),
        ),
      ),
    ];
  },
  Expand: ([x, shape]) => {
    const dims = broadcast(x!.dims, numbers(shape)!);
    const extra = dims.length - x!.dims.length;
    return [
      build(dims, (at) =>
        get(
          x!,
          x!.dims.map((d, i) => (d === 1 ? 0 : at[i + extra])),
        ),
      ),
    ];
  },
  Tile: ([x, repeats]) => {
    const dims = x!.dims.map((d, i) => d * repeats!.data[i]);
    return [
      build(dims, (at) =>
        get(
          x!,
          at.map((k, i) => k % x!.dims[i]),
        ),
      ),
    ];
  },
  Slice: slice,
  Pad: pad,
  Split: split,
  Concat: concat,
  Gather: gather,
  GatherElements: ([x, index], a) => {
    const axis = wrap(int(a, 'axis', 0), x!.dims.length);
    return [
      build(index!.dims, (at) => {
        const k = wrap(get(index!, at), x!.dims[axis]);
        return get(
          x!,
          at.map((v, i) => (i === axis ? k : v)),
        );
      }),
    ];
  },
  DepthToSpace: blocks(false),
  SpaceToDepth: blocks(true),
};
