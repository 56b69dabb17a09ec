import { build, count, get, indices, int, numbers, type Operator, type Ref, stridesOf, wrap } from './tensor.ts';

/** A function of all elements along axes. */
const reduction =
  (f: (x: number[]) => number): Operator =>
  ([x, axesInput], a) => {
    const rank = x!.dims.length;
    const given = numbers(axesInput);
    if (!given?.length && int(a, 'noop_with_empty_axes', 0)) return [x!];
    const axes = given?.length ? given.map((v) => wrap(v, rank)) : x!.dims.map((_, i) => i);
    const kept = x!.dims.map((d, i) => (axes.includes(i) ? 1 : d));
    const groups: number[][] = Array.from({ length: count(kept) }, () => []);
    const strides = stridesOf(kept);
    for (const at of indices(x!.dims)) {
      const flat = at.reduce((n, k, i) => n + (axes.includes(i) ? 0 : k * strides[i]), 0);
      groups[flat].push(get(x!, at));
    }
    const dims = int(a, 'keepdims', 1) ? kept : x!.dims.filter((_, i) => !axes.includes(i));
    return [{ dims, data: Float64Array.from(groups, f) }];
  };

const sum = (x: number[]) => x.reduce((p, v) => p + v, 0);
const mean = (x: number[]) => sum(x) / x.length;

/** Changes each line along an axis as a whole. */
function lines(x: Ref, axis: number, f: (line: number[]) => number[]): Ref {
  const out = new Float64Array(x.data.length);
  const step = stridesOf(x.dims)[axis];
  const n = x.dims[axis];
  for (let i = 0; i < x.data.length; i++) {
    if (Math.floor(i / step) % n !== 0) continue;
    f(Array.from({ length: n }, (_, k) => x.data[i + k * step])).forEach((v, k) => {
      out[i + k * step] = v;
    });
  }
  return { dims: x.dims, data: out };
}

function softmax(line: number[]): number[] {
  const top = Math.max(...line);
  const total = sum(line.map((v) => Math.exp(v - top)));
  return line.map((v) => Math.exp(v - top) / total);
}

/** (x − μ)/√(σ² + ε) where the elements of one label share μ and σ. */
function standardized(x: Ref, label: (at: readonly number[]) => string, epsilon: number): Ref {
  const groups = new Map<string, number[]>();
  for (const at of indices(x.dims)) {
    const key = label(at);
    const group = groups.get(key) ?? [];
    group.push(get(x, at));
    groups.set(key, group);
  }
  const stats = new Map(
    [...groups].map(([key, values]) => {
      const m = mean(values);
      return [key, { m, s: Math.sqrt(mean(values.map((v) => (v - m) ** 2)) + epsilon) }];
    }),
  );
  return build(x.dims, (at) => {
    const { m, s } = stats.get(label(at))!;
    return (get(x, at) - m) / s;
  });
}

/** gain·x̂ + bias, each picked by the index. */
function affine(hat: Ref, gain: Ref, bias: Ref | undefined, pick: (at: readonly number[]) => number): Ref {
  let i = 0;
  return build(hat.dims, (at) => hat.data[i++] * gain.data[pick(at)] + (bias ? bias.data[pick(at)] : 0));
}

export const REDUCTIONS: Readonly<Record<string, Operator>> = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceMax: reduction((x) => Math.max(...x)),
  ReduceMin: reduction((x) => Math.min(...x)),
  ReduceProd: reduction((x) => x.reduce((p, v) => p * v, 1)),
  ReduceL1: reduction((x) => sum(x.map(Math.abs))),
  ReduceL2: reduction((x) => Math.hypot(...x)),
  ReduceSumSquare: reduction((x) => sum(x.map((v) => v * v))),
  ReduceLogSum: reduction((x) => Math.log(sum(x))),
  ReduceLogSumExp: reduction((x) => Math.log(sum(x.map(Math.exp)))),
  Softmax: ([x], a) => [lines(x!, wrap(int(a, 'axis', -1), x!.dims.length), softmax)],
  LogSoftmax: ([x], a) => [lines(x!, wrap(int(a, 'axis', -1), x!.dims.length), (l) => softmax(l).map(Math.log))],
  LayerNormalization: ([x, gain, bias], a) => {
    const first = wrap(int(a, 'axis', -1), x!.dims.length);
    const hat = standardized(x!, (at) => at.slice(0, first).join(), int(a, 'epsilon', 1e-5));
    const tail = count(x!.dims.slice(first));
    const strides = stridesOf(x!.dims);
    const flat = (at: readonly number[]) => at.reduce((n, k, i) => n + k * strides[i], 0);
    return [affine(hat, gain!, bias, (at) => flat(at) % tail)];
  },
  InstanceNormalization: ([x, gain, bias], a) => {
    const hat = standardized(x!, (at) => at.slice(0, 2).join(), int(a, 'epsilon', 1e-5));
    return [affine(hat, gain!, bias, (at) => at[1])];
  },
  GroupNormalization: ([x, gain, bias], a) => {
    const each = x!.dims[1] / int(a, 'num_groups', 1);
    const hat = standardized(x!, (at) => `${at[0]},${Math.floor(at[1] / each)}`, int(a, 'epsilon', 1e-5));
    const perGroup = gain!.data.length !== x!.dims[1];
    return [affine(hat, gain!, bias, (at) => (perGroup ? Math.floor(at[1] / each) : at[1]))];
  },
  BatchNormalization: ([x, gain, bias, mu, variance], a) => {
    const epsilon = int(a, 'epsilon', 1e-5);
    if (int(a, 'training_mode', 0)) {
      return [
        affine(
          standardized(x!, (at) => String(at[1]), epsilon),
          gain!,
          bias,
          (at) => at[1],
        ),
      ];
    }
    const hat = build(x!.dims, (at) => (get(x!, at) - mu!.data[at[1]]) / Math.sqrt(variance!.data[at[1]] + epsilon));
    return [affine(hat, gain!, bias, (at) => at[1])];
  },
};
