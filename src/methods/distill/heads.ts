import { type LossTerm, logitsOf } from '../../autodiff/losses.ts';
import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph } from '../../onnx/model.ts';
import type { Value } from '../../runtime/types.ts';
import type { LabelledSamples } from '../types.ts';
import type { DistillOptions } from './options.ts';

/** One output to be learned. */
export interface Head {
  readonly kind: 'classification' | 'regression';
  /** The value that learns, before a softmax, in the student and in the teacher. */
  readonly value: string;
  readonly teacher: string;
  /** Of the classes. */
  readonly axis: number;
  /** Whether the data's labels or targets are about it: those of the first output. */
  readonly labelled: boolean;
}

export const LABELS = 'pare_labels';
export const TARGETS = 'pare_targets';
export const teacherInput = (i: number) => `pare_teacher_${i}`;
export const featureInput = (i: number) => `pare_feature_${i}`;

/**
 * The outputs to learn, with what each is. Without a word from the options an output is of classes when there are labels, when it
 * comes from a softmax, or when each sample has two numbers or more; targets of a regression decide otherwise.
 * @param outputs what the student gives for a batch, by the names of `studentValues`
 * @param count samples in the data
 * @throws PareError `data/shape-mismatch` for labels or targets that do not fit, `recipe/not-applicable` without an output of floats
 */
export function headsOf(
  student: Model,
  teacher: Model,
  outputs: Readonly<Record<string, Value>>,
  samples: LabelledSamples,
  count: number,
  o: DistillOptions,
): Head[] {
  const theirs = mainGraph(teacher).output.map((v) => v.name);
  const heads: Head[] = [];
  mainGraph(student).output.forEach(({ name }, i) => {
    const { name: value, axis: given } = logitsOf(student, name);
    const found = outputs[value];
    if (found?.dtype !== 'float32' || found.dims.length === 0) return;
    const rank = found.dims.length;
    const axis = value !== name ? (given + rank) % rank : rank > 2 && rank !== 3 ? 1 : rank - 1;
    const first = heads.length === 0;
    const softmax = value !== name;
    const classes = rank > 1 ? found.dims[axis] : 1;
    const auto =
      first && samples.labels ? true : first && samples.targets ? false : softmax || (rank === 2 && classes > 1);
    const classification = o.loss === 'auto' ? auto : o.loss === 'classification';
    const rows = found.data.length / classes;
    const labelled = first && (classification ? !!samples.labels && rows === found.dims[0] : !!samples.targets);
    heads.push({
      kind: classification ? 'classification' : 'regression',
      value,
      teacher: logitsOf(teacher, theirs.includes(name) ? name : theirs[i]).name,
      axis,
      labelled,
    });
    if (!labelled) return;
    if (classification) checkLabels(samples.labels!, classes);
    else if (samples.targets!.length !== (count * found.data.length) / found.dims[0]) {
      throw new PareError(
        'data/shape-mismatch',
        `The data has ${samples.targets!.length / count} targets for a sample, the model gives ${found.data.length / found.dims[0]}.`,
        { where: name },
      );
    }
  });
  if (heads.length === 0) {
    throw new PareError('recipe/not-applicable', 'The model has no float32 output to learn.', {
      hint: 'Distil the float32 model, before it is converted.',
    });
  }
  return heads;
}

function checkLabels(labels: Int32Array, classes: number): void {
  const wrong = labels.find((l) => l < 0 || l >= classes);
  if (wrong === undefined) return;
  throw new PareError('data/label-range', `A label is ${wrong}; the model knows the classes 0 … ${classes - 1}.`, {
    hint: 'Open the data that belongs to this model.',
  });
}

/** The names in the student whose values `headsOf` asks for. */
export function studentValues(student: Model): string[] {
  return [...new Set(mainGraph(student).output.map((v) => logitsOf(student, v.name).name))];
}

/** Share of labels in the loss of a head: all where there is no teacher. */
export function alphaOf(head: Head, o: DistillOptions): number {
  if (o.teacher === 'labels') return 1;
  return head.labelled ? o.alpha : 0;
}

/** The loss of a training step: (1 − α)·T²·KL + α·cross-entropy, or the same of squared differences; and features. */
export function lossTerms(
  heads: readonly Head[],
  features: readonly { name: string; weight: number }[],
  o: DistillOptions,
) {
  const terms: LossTerm[] = [];
  heads.forEach((head, i) => {
    const { value, axis } = head;
    const alpha = alphaOf(head, o);
    const [teacher, temperature] = [teacherInput(i), o.temperature];
    if (head.kind === 'classification') {
      if (alpha < 1) terms.push({ kind: 'distillation', logits: value, teacher, temperature, axis, weight: 1 - alpha });
      if (alpha > 0) terms.push({ kind: 'cross-entropy', logits: value, labels: LABELS, axis, weight: alpha });
      return;
    }
    if (alpha < 1) terms.push({ kind: 'mse', value, target: teacher, weight: 1 - alpha });
    if (alpha > 0) terms.push({ kind: 'mse', value, target: TARGETS, weight: alpha });
  });
  features.forEach(({ name, weight }, i) => {
    if (weight > 0) terms.push({ kind: 'mse', value: name, target: featureInput(i), weight });
  });
  return terms;
}
