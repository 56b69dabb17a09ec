import { attrFloat } from '../onnx/attributes.ts';
import { node as makeNode } from '../onnx/build.ts';
import { add, alongAxis, mul, range, reduceMean, reduceSum, reshape, scale, sub, unary } from './arithmetic.ts';
import { type Rule, type Step, sizeOf, type Tape } from './tape.ts';

/** A running statistic: a tensor of the model and the value that gives its next. */
export interface RunningStatistic {
  readonly name: string;
  readonly next: string;
}

/**
 * Makes the model's BatchNormalizations use the statistics of the batch, as training does (Ioffe and Szegedy 2015), in place of
 * the stored ones. The running variance is that of the sample (n − 1), as in PyTorch.
 * @param only names of nodes' first outputs; all of them by default
 * @returns the statistics to be carried on from step to step
 */
export function withBatchStatistics(t: Tape, only?: ReadonlySet<string>): RunningStatistic[] {
  const steps = t.steps;
  t.steps = [];
  const running: RunningStatistic[] = [];
  for (const step of steps) {
    const [node] = step.nodes;
    if (node.opType !== 'BatchNormalization' || node.domain || (only && !only.has(node.output[0]))) t.steps.push(step);
    else running.push(...rewrite(t, step));
  }
  return running;
}

function rewrite(t: Tape, step: Step): RunningStatistic[] {
  const [node] = step.nodes;
  const [x, gamma, beta, mean, variance] = step.inputs;
  const y = step.outputs[0];
  const dims = t.dims(x);
  const rank = dims.length;
  const axes = range(rank).filter((i) => i !== 1);
  const epsilon = attrFloat(node, 'epsilon', 1e-5);
  const momentum = attrFloat(node, 'momentum', 0.9);
  const count = sizeOf(dims) / dims[1];
  const along = (v: string) => alongAxis(t, v, 1, rank);
  // Emitted inside the composite, and used by its rule.
  const inner = { mean: '', variance: '', centred: '', inverse: '', gain: '' };
  // With a = γ/σ and c = x − μ: dx = a·(dy − Σdy/M − c·Σ(dy·c)/(M·σ²)), in as few passes over the data as there can be.
  const rule: Rule = (c) => {
    const { centred, inverse, gain } = inner;
    const dy = c.dy[0]!;
    const sum = reduceSum(t, dy, axes);
    const slope = reduceSum(t, mul(t, dy, centred), axes);
    const dx = () => {
      const shift = scale(t, mul(t, gain, sum), 1 / count);
      const by = scale(t, mul(t, mul(t, gain, slope), mul(t, inverse, inverse)), 1 / count);
      return sub(t, sub(t, mul(t, dy, gain), shift), mul(t, centred, by));
    };
    return [
      c.needs(0) ? dx() : undefined,
      c.needs(1) ? reshape(t, mul(t, slope, inverse), t.dims(gamma)) : undefined,
      c.needs(2) ? reshape(t, sum, t.dims(beta)) : undefined,
    ];
  };
  t.composite([x, gamma, beta], rule, () => {
    inner.mean = reduceMean(t, x, axes);
    inner.centred = sub(t, x, inner.mean);
    inner.variance = reduceMean(t, mul(t, inner.centred, inner.centred), axes);
    const sigma = unary(t, 'Sqrt', add(t, inner.variance, t.scalar(epsilon, x)));
    inner.inverse = unary(t, 'Reciprocal', sigma);
    inner.gain = mul(t, along(gamma), inner.inverse);
    t.push(makeNode('Add', [mul(t, inner.centred, inner.gain), along(beta)], [y]));
    return [y];
  });
  const blend = (old: string, fresh: string, by: number) => {
    const flat = reshape(t, fresh, t.dims(old));
    return { name: old, next: add(t, scale(t, old, momentum), scale(t, flat, (1 - momentum) * by)) };
  };
  const unbiased = count / Math.max(1, count - 1);
  return [blend(mean, inner.mean, 1), blend(variance, inner.variance, unbiased)];
}
