import { attrFloat } from '../onnx/attributes.ts';
import { node as makeNode } from '../onnx/build.ts';
import { add, alongAxis, mul, range, reduceSum, reshape, scale } from './arithmetic.ts';
import { normalized, normalizedGrad } from './rules/normalize.ts';
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
  let inner: ReturnType<typeof normalized> | undefined;
  const rule: Rule = (c) => {
    const { hat, inverse } = inner!;
    const dy = c.dy[0]!;
    return [
      c.needs(0) ? normalizedGrad(t, mul(t, dy, alongAxis(t, gamma, 1, rank)), hat, inverse, axes) : undefined,
      c.needs(1) ? reduceSum(t, mul(t, dy, hat), axes, false) : undefined,
      c.needs(2) ? reduceSum(t, dy, axes, false) : undefined,
    ];
  };
  t.composite([x, gamma, beta], rule, () => {
    inner = normalized(t, x, axes, epsilon);
    const scaled = mul(t, inner.hat, alongAxis(t, gamma, 1, rank));
    t.push(makeNode('Add', [scaled, alongAxis(t, beta, 1, rank)], [y]));
    return [y];
  });
  const blend = (old: string, fresh: string, by: number) => {
    const flat = reshape(t, fresh, t.dims(old));
    return { name: old, next: add(t, scale(t, old, momentum), scale(t, flat, (1 - momentum) * by)) };
  };
  const unbiased = count / Math.max(1, count - 1);
  return [blend(mean, inner!.mean, 1), blend(variance, inner!.variance, unbiased)];
}
