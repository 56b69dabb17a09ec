import { attrFloat, attrInt } from '../../onnx/attributes.ts';
import {
  add,
  alongAxis,
  div,
  mul,
  range,
  reduceMean,
  reduceSum,
  reshape,
  sub,
  unary,
  unbroadcast,
} from '../arithmetic.ts';
import { type Rule, sizeOf, type Tape } from '../tape.ts';

/** (x − μ)/σ over axes, and 1/σ, the axes kept. The variance is that of the population. */
export function normalized(t: Tape, x: string, axes: readonly number[], epsilon: number) {
  const mean = reduceMean(t, x, axes);
  const centred = sub(t, x, mean);
  const variance = reduceMean(t, mul(t, centred, centred), axes);
  const inverse = unary(t, 'Reciprocal', unary(t, 'Sqrt', add(t, variance, t.scalar(epsilon, x))));
  return { hat: mul(t, centred, inverse), inverse, mean, variance };
}

/** dx of x̂ = (x − μ)/σ from g = ∂L/∂x̂: (g − mean g − x̂·mean(g·x̂))/σ (Ioffe and Szegedy 2015, §3; Ba et al. 2016). */
export function normalizedGrad(t: Tape, g: string, hat: string, inverse: string, axes: readonly number[]): string {
  const centred = sub(t, g, reduceMean(t, g, axes));
  return mul(t, inverse, sub(t, centred, mul(t, hat, reduceMean(t, mul(t, g, hat), axes))));
}

const layerNorm: Rule = (c) => {
  const { tape: t, node, inputs, dy } = c;
  const [x, gamma, beta] = inputs;
  const rank = t.dims(x).length;
  const axis = attrInt(node, 'axis', -1);
  const first = axis < 0 ? axis + rank : axis;
  const axes = range(rank - first, first);
  const { hat, inverse } = normalized(t, x, axes, attrFloat(node, 'epsilon', 1e-5));
  return [
    c.needs(0) ? normalizedGrad(t, mul(t, dy[0]!, gamma), hat, inverse, axes) : undefined,
    c.needs(1) ? unbroadcast(t, mul(t, dy[0]!, hat), t.dims(gamma)) : undefined,
    beta && c.needs(2) ? unbroadcast(t, dy[0]!, t.dims(beta)) : undefined,
  ];
};

/** Instance and group normalization: each group of channels of each sample has its own statistics. */
function grouped(groupsOf: (channels: number, node: Parameters<typeof attrInt>[0]) => number): Rule {
  return (c) => {
    const { tape: t, node, inputs, dy } = c;
    const [x, gamma, beta] = inputs;
    const dims = t.dims(x);
    const channels = dims[1];
    const groups = groupsOf(channels, node);
    const parted = [dims[0], groups, channels / groups, sizeOf(dims.slice(2))];
    const epsilon = attrFloat(node, 'epsilon', 1e-5);
    const { hat, inverse } = normalized(t, reshape(t, x, parted), [2, 3], epsilon);
    // Opset 18 has one scale per group, opset 21 and InstanceNormalization one per channel.
    const perGroup = sizeOf(t.dims(gamma)) === groups && groups !== channels;
    const shape = perGroup ? [1, groups, 1, 1] : [1, groups, channels / groups, 1];
    const g = reshape(t, dy[0]!, parted);
    const over = perGroup ? [0, 2, 3] : [0, 3];
    const sum = (v: string) => reshape(t, reduceSum(t, v, over), t.dims(gamma));
    const dx = () => reshape(t, normalizedGrad(t, mul(t, g, reshape(t, gamma, shape)), hat, inverse, [2, 3]), dims);
    return [
      c.needs(0) ? dx() : undefined,
      c.needs(1) ? sum(mul(t, g, hat)) : undefined,
      beta && c.needs(2) ? sum(g) : undefined,
    ];
  };
}

/** With the statistics that the model stores, which are constants; training ones are `passes/batchNorm.ts`. */
const batchNorm: Rule = (c) => {
  const { tape: t, node, inputs, dy } = c;
  const [x, gamma, , mean, variance] = inputs;
  const rank = t.dims(x).length;
  const along = (v: string) => alongAxis(t, v, 1, rank);
  const sigma = unary(t, 'Sqrt', add(t, variance, t.scalar(attrFloat(node, 'epsilon', 1e-5), variance)));
  const over = range(rank).filter((i) => i !== 1);
  const sum = (v: string) => reduceSum(t, v, over, false);
  return [
    c.needs(0) ? mul(t, dy[0]!, along(div(t, gamma, sigma))) : undefined,
    // Σ dy·(x − μ)/σ, the division after the sum.
    c.needs(1) ? div(t, sum(mul(t, dy[0]!, sub(t, x, along(mean)))), sigma) : undefined,
    c.needs(2) ? sum(dy[0]!) : undefined,
  ];
};

export const NORMALIZATION: Readonly<Record<string, Rule>> = {
  LayerNormalization: layerNorm,
  InstanceNormalization: grouped((channels) => channels),
  GroupNormalization: grouped((_, node) => attrInt(node, 'num_groups', 1)),
  BatchNormalization: batchNorm,
};
