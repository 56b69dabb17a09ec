import { type LossTerm, logitsOf } from '../../../autodiff/losses.ts';
import { PareError } from '../../../base/errors.ts';
import { Random } from '../../../base/random.ts';
import { valueInfo } from '../../../onnx/build.ts';
import { type Model, mainGraph } from '../../../onnx/model.ts';
import { copyWith, DataType, type ModelProto } from '../../../onnx/proto.ts';
import type { Value } from '../../../runtime/types.ts';
import type { Inputs, MethodContext } from '../../types.ts';
import type { Measured } from './index.ts';

const TARGET = 'pare_target';

/** The loss that importance is measured by, and what the output of a sample is compared with. */
export interface SampleLoss {
  readonly term: LossTerm;
  /** What the loss of a sample needs beside the model's inputs, which are given. */
  feeds(sample: number, inputs: Inputs): Promise<Inputs>;
  release(): Promise<void>;
}

/**
 * Of the first output: cross-entropy with the labels, or squared error from the targets, where the data has them. Else what the
 * model itself expects. Where it answers in classes (behind a softmax, or two numbers or more per sample), a label is drawn for every
 * sample by the model's own probabilities; otherwise the target is the answer plus standard normal noise. The mean square of the
 * gradient is then the model's Fisher information, which is also the curvature of the divergence from the model as it is
 * (Martens 2020, "New Insights and Perspectives on the Natural Gradient Method", §5 and §9), and needs no labels.
 * @throws PareError `data/label-range`, `recipe/not-applicable` when the output is not float32
 */
export async function sampleLoss(model: Model, on: Measured, ctx: MethodContext): Promise<SampleLoss> {
  const graph = mainGraph(model);
  const output = graph.output[0]?.name ?? '';
  const { name, axis: given } = logitsOf(model, output);
  const shown = copyWith(graph, { output: [valueInfo(name, DataType.FLOAT, null)] });
  const session = await ctx.openSession({ ...model, proto: copyWith<ModelProto>(model.proto, { graph: shown }) });
  const answer = async (inputs: Inputs) => (await session.run(inputs))[name];
  try {
    const first = await answer(await on.samples.read([on.indices[0]]));
    if (first?.dtype !== 'float32') {
      throw new PareError('recipe/not-applicable', `Output "${output}" is no float32 that a loss could be made of.`, {
        where: output,
        hint: 'Prune the float32 model, before it is converted, or prune by magnitude.',
      });
    }
    const axis = (given + first.dims.length) % Math.max(1, first.dims.length);
    return { ...lossFor(name, axis, name !== output, first, on, answer, ctx), release: () => session.release() };
  } catch (error) {
    await session.release();
    throw error;
  }
}

function lossFor(
  value: string,
  axis: number,
  softmax: boolean,
  first: Value,
  { samples, count }: Measured,
  answer: (inputs: Inputs) => Promise<Value>,
  ctx: MethodContext,
): Omit<SampleLoss, 'release'> {
  const { dims } = first;
  const batch = dims[0] ?? 1;
  const classes = dims[axis] ?? 1;
  const rows = first.data.length / classes;
  const classification: LossTerm = { kind: 'cross-entropy', logits: value, labels: TARGET, axis };
  const labelDims = dims.filter((_, i) => i !== axis);
  const asLabels = (labels: readonly number[]): Inputs => ({
    [TARGET]: { dtype: 'int64', dims: labelDims, data: BigInt64Array.from(labels, BigInt) },
  });
  // A fixed batch holds the one sample several times, so that its mean is the sample's.
  if (samples.labels && rows === batch) {
    const { labels } = samples;
    return {
      term: classification,
      feeds: async (sample) => asLabels(new Array(rows).fill(checked(labels[sample], classes))),
    };
  }
  const regression: LossTerm = { kind: 'mse', value, target: TARGET };
  const asTarget = (data: Float32Array): Inputs => ({ [TARGET]: { dtype: 'float32', dims, data } });
  const each = first.data.length / batch;
  if (samples.targets && samples.targets.length === count * each) {
    const { targets } = samples;
    return {
      term: regression,
      feeds: async (sample) =>
        asTarget(Float32Array.from({ length: batch * each }, (_, i) => targets[sample * each + (i % each)])),
    };
  }
  ctx.note({ step: ctx.step, key: 'importance-own-answers', values: {} });
  const random = new Random(ctx.seed);
  if (softmax || (dims.length === 2 && classes > 1)) {
    return {
      term: classification,
      feeds: async (_sample, inputs) => {
        const { data } = await answer(inputs);
        const drawn = drawLabels(data as Float32Array, dims, axis, random);
        return asLabels(drawn.map((_, i) => drawn[i % (rows / batch)]));
      },
    };
  }
  return {
    term: regression,
    feeds: async (_sample, inputs) => {
      const { data } = await answer(inputs);
      const noise = Float32Array.from({ length: each }, () => random.normal());
      return asTarget((data as Float32Array).map((y, i) => y + noise[i % each]));
    },
  };
}

function checked(label: number, classes: number): number {
  if (label >= 0 && label < classes) return label;
  throw new PareError('data/label-range', `A label is ${label}; the model knows the classes 0 … ${classes - 1}.`, {
    hint: 'Open the data that belongs to this model.',
  });
}

/** A class for each row, drawn by the softmax of its logits. */
function drawLabels(logits: Float32Array, dims: readonly number[], axis: number, random: Random): number[] {
  const classes = dims[axis];
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  return Array.from({ length: logits.length / classes }, (_, row) => {
    const base = Math.floor(row / inner) * classes * inner + (row % inner);
    let top = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[base + c * inner]);
    const share = Float64Array.from({ length: classes }, (_, c) => Math.exp(logits[base + c * inner] - top));
    let left = random.next() * share.reduce((a, b) => a + b, 0);
    let c = 0;
    while (c < classes - 1 && left >= share[c]) left -= share[c++];
    return c;
  });
}
