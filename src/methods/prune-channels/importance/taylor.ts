import { buildGradients, type Gradients } from '../../../autodiff/gradients.ts';
import { type LossTerm, logitsOf } from '../../../autodiff/losses.ts';
import { PareError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import { mainGraph } from '../../../onnx/model.ts';
import { DataType } from '../../../onnx/proto.ts';
import { dimsOf, readFloats } from '../../../onnx/tensor.ts';
import type { Value } from '../../../runtime/types.ts';
import { INSIDE, withOutputs } from '../../calibrate/augment.ts';
import type { MethodContext } from '../../types.ts';
import { needData, sampleCount, someBatches } from '../data.ts';
import type { Analysis, Group, Member } from '../groups.ts';
import { eachElement, makersOf } from './weights.ts';

/** Samples of one gradient, where the model leaves it free: the fewer, the less the gradients of samples cancel. */
const BATCH = 8;
const TARGET = 'pare_target';

/** A class drawn from the model's own answer: with such labels squared gradients are Fisher information, without any labels. */
function drawn(logits: Float32Array, classes: number, random: Random): number[] {
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    const top = own.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = Array.from(own, (x) => Math.exp(x - top));
    let left = random.next() * weights.reduce((a, b) => a + b, 0);
    const at = weights.findIndex((w) => {
      left -= w;
      return left <= 0;
    });
    return at < 0 ? classes - 1 : at;
  });
}

/** What the gradients are of: the loss of labels, or that of answers near the model's own. */
class Target {
  readonly loss: LossTerm;
  private readonly random: Random;
  private readonly classifies: boolean;

  constructor(value: string, own: Value, seed: number) {
    this.random = new Random(seed);
    this.classifies = own.dims.length === 2 && own.dims[1] > 1;
    this.loss = this.classifies
      ? { kind: 'cross-entropy', logits: value, labels: TARGET }
      : { kind: 'mse', value, target: TARGET };
  }

  /** The target's value for a batch whose answer is `own`. */
  of(own: Value, labels?: readonly number[]): Value {
    const x = own.data as Float32Array;
    if (this.classifies) {
      const classes = own.dims[1];
      const fit = labels?.length === own.dims[0] && labels.every((l) => l >= 0 && l < classes);
      const picked = fit ? labels : drawn(x, classes, this.random);
      return { dtype: 'int64', dims: [own.dims[0]], data: BigInt64Array.from(picked, BigInt) };
    }
    // The squared gradient of |y − (y + noise)|² is, on average, the squared change of the answer.
    return { dtype: 'float32', dims: own.dims, data: x.map((v) => v + this.random.normal()) };
  }
}

/** The constants through which a channel is taken: where it enters the layers that sum over it. Else those that make it. */
function takersOf(group: Group): readonly Member[] {
  const takers = group.origins.filter((m) => m.origin.contracts);
  return takers.length ? takers : makersOf(group);
}

/**
 * Importance by the loss: the mean over batches of (Σ g·w)², over the weights that take a channel, whose sum is the derivative of
 * the loss by a factor on the channel (Molchanov et al. 2019, arXiv 1906.10771, eq. 8, with such a gate). With labels the loss is
 * theirs, without it is that of agreeing with the model's own answers.
 * @throws PareError `data/missing`, `recipe/not-applicable` for a model that no gradient can be taken of
 */
export async function byTaylor(analysis: Analysis, ctx: MethodContext): Promise<Float64Array> {
  const { model, work, tracker, groups } = analysis;
  needData(ctx);
  const members = groups.flatMap((group) => takersOf(group).map((member) => ({ group, member })));
  const tensors = new Map(
    members.map(({ member: { origin } }) => [origin.tensor, work.constant(tracker.main, origin.tensor)!]),
  );
  const odd = [...tensors].find(([, t]) => t.dataType !== DataType.FLOAT);
  if (odd) {
    throw new PareError('recipe/not-applicable', `The gradient of "${odd[0]}", which is no float32, cannot be taken.`, {
      where: odd[0],
      hint: 'Judge channels by another importance.',
    });
  }
  const output = mainGraph(model).output[0]?.name ?? '';
  const { name } = logitsOf(model, output);
  const probe = await ctx.openSession(withOutputs(model, new Map([[name, DataType.FLOAT]])), INSIDE);
  const values = new Map<string, Float32Array>();
  for (const [id, tensor] of tensors) values.set(id, await readFloats(tensor));
  const scores = new Float64Array(analysis.roots.length);
  let gradients: Gradients | undefined;
  let target: Target | undefined;
  let done = 0;
  try {
    for await (const { feeds, count, labels } of someBatches(ctx, BATCH)) {
      const own = (await probe.run(feeds))[name];
      target ??= new Target(name, own, ctx.seed);
      gradients ??= await buildGradients(
        model,
        { feeds, train: [...tensors.keys()], losses: [target.loss], constantWithoutRule: true },
        ctx.openSession,
      );
      const found = await gradients.run({ ...feeds, [TARGET]: target.of(own, labels) });
      const slope = new Float64Array(scores.length);
      for (const { group, member } of members) {
        const { tensor } = member.origin;
        const g = found.gradients.get(tensor);
        const w = values.get(tensor)!;
        if (!g) continue;
        eachElement(dimsOf(tensors.get(tensor)!), member, group, (i, channel) => {
          slope[channel] += g[i] * w[i];
        });
      }
      for (let c = 0; c < slope.length; c++) scores[c] += slope[c] * slope[c];
      done += count;
      ctx.onProgress?.({ phase: 'importance', done, total: sampleCount(ctx) });
    }
  } finally {
    await probe.release();
    await gradients?.release();
  }
  return scores;
}
