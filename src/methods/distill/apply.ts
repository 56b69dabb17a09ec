import { buildEvaluator, type Evaluator } from '../../autodiff/evaluate.ts';
import type { Optimizer } from '../../autodiff/optimizers.ts';
import { buildTrainer, type Trainer } from '../../autodiff/trainer.ts';
import { PareError } from '../../base/errors.ts';
import { checkCancelled } from '../../base/progress.ts';
import type { Model } from '../../onnx/model.ts';
import type { Value } from '../../runtime/types.ts';
import type { Inputs, LabelledSamples, MethodContext } from '../types.ts';
import { Batches } from './batches.ts';
import { compressedStudent } from './compressed.ts';
import { type Head, headsOf, lossTerms, studentValues } from './heads.ts';
import { modelIdentity, shortKey } from './identity.ts';
import { type Lesson, type Lessons, learn } from './learn.ts';
import { narrowStudent } from './narrow.ts';
import { networkStudent } from './networks/index.ts';
import type { DistillOptions } from './options.ts';
import { otherStudent } from './other.ts';
import { SampleStore } from './samples.ts';
import { splitSamples } from './split.ts';
import type { Student } from './student.ts';
import { Teacher } from './teacher.ts';

/** Without a number in the options a training is judged this often at most. */
const MOST_JUDGEMENTS = 100;

/**
 * Knowledge distillation (Hinton, Vinyals and Dean 2015): a student learns to answer as the original does on the user's samples, and
 * from their labels where there are any. The weights that do best on held-out samples become the step's result.
 * @throws PareError `data/missing` without samples, `recipe/not-applicable` for what cannot learn, `cancelled`, those of the runtime
 */
export async function distill(model: Model, given: DistillOptions, ctx: MethodContext): Promise<Model> {
  const { samples, count } = samplesOf(ctx, given);
  const labelled = given.teacher === 'labels' || (given.alpha > 0 && (samples.labels ?? samples.targets) !== undefined);
  const o: DistillOptions = labelled ? { ...given, augment: { ...given.augment, mix: false } } : given;
  const { train, held } = splitSamples(count, o.heldOut, ctx.seed, samples.labels);
  const size = samples.batch ?? Math.min(o.batchSize, train.length);
  const store = new SampleStore(samples, count);
  const batches = new Batches(store, train, size, o, ctx.seed);
  const first = await store.read(Uint32Array.from({ length: size }, (_, i) => train[i % train.length]));
  const master = o.teacher === 'input' ? model : ctx.original;
  const student = await studentOf(model, master, o, first, ctx);
  if (o.student !== 'compressed' && master !== model)
    ctx.note({ step: ctx.step, key: 'steps-before-unused', values: {} });

  const steps = o.steps ?? o.epochs * batches.perEpoch;
  const fewest = Math.max(batches.perEpoch, Math.ceil(steps / MOST_JUDGEMENTS));
  const { heads, dims } = await headsFor(student, master, first, samples, count, o, ctx);
  const open = ctx.openSession.bind(ctx);
  const asked = [...heads.map((h) => h.teacher), ...o.features];
  const teacher = o.teacher === 'labels' ? undefined : await Teacher.open(master, [...new Set(asked)], count, ctx);
  let trainer: Trainer | undefined;
  let evaluator: Evaluator | undefined;
  try {
    const features = await featuresOf(teacher, heads, dims, first, o);
    checkCancelled(ctx.signal);
    const common = { feeds: first, fakeQuantizers: student.quantizers };
    trainer = await buildTrainer(
      student.model,
      {
        ...common,
        train: student.train,
        losses: lossTerms(heads, features, o),
        optimizer: optimizerOf(o),
        masks: student.masks,
        noDecay: student.noDecay,
        rates: student.rates,
        batchNorm: o.batchNorm ?? (student.fresh ? 'batch' : 'frozen'),
        constantWithoutRule: o.unknownOps === 'constant',
        ...(o.clipNorm && { clipNorm: o.clipNorm }),
      },
      open,
    );
    const parameters = [...(await trainer.parameters()).keys()];
    const outputs = [...new Set(heads.map((h) => h.value))];
    evaluator = await buildEvaluator(student.model, { ...common, parameters, outputs }, open);
    const identities = [await modelIdentity(student.model), teacher && (await modelIdentity(master))];
    const lesson: Lesson = {
      ...{
        options: o,
        heads,
        features: features.map((f) => f.name),
        dims,
        trainer,
        evaluator,
        teacher,
        store,
        samples,
      },
      ...{ count, batches, held, steps, evaluateEvery: o.evaluateEvery ?? fewest },
      key: `distill ${shortKey(JSON.stringify([o, ctx.data!.id, ctx.seed, identities]))}`,
    };
    const lessons = await learn(lesson, ctx);
    noteLessons(lessons, lesson, ctx);
    const result = await student.finish(lessons.best);
    await ctx.checkpoints?.remove(lesson.key);
    return result;
  } finally {
    await teacher?.release();
    await trainer?.release();
    await evaluator?.release();
  }
}

/** @throws PareError `data/missing` without samples, or without labels where they teach */
function samplesOf({ data }: MethodContext, o: DistillOptions): { samples: LabelledSamples; count: number } {
  const samples = data?.samples;
  if (!data || !samples || data.count < 2) {
    throw new PareError('data/missing', 'Nothing can be learned without samples.', {
      hint: 'Open a few hundred samples of what the model will see; labels are not needed.',
    });
  }
  if (o.teacher === 'labels' && !samples.labels && !samples.targets) {
    throw new PareError('data/missing', 'Learning from labels needs samples with labels.', {
      hint: 'Open labelled data, or let the original teach.',
    });
  }
  return { samples, count: data.count };
}

async function studentOf(
  model: Model,
  master: Model,
  o: DistillOptions,
  first: Inputs,
  ctx: MethodContext,
): Promise<Student> {
  if (o.student === 'compressed') return compressedStudent(model, master, o, ctx);
  if (o.student === 'narrow') return narrowStudent(master, o, ctx);
  if (o.student === 'model') return otherStudent(first, o, ctx);
  return networkStudent(o.student, master, first, o, ctx);
}

/** What the student's outputs are, by running it once. */
async function headsFor(
  student: Student,
  master: Model,
  first: Inputs,
  samples: LabelledSamples,
  count: number,
  o: DistillOptions,
  ctx: MethodContext,
): Promise<{ heads: Head[]; dims: (readonly number[])[] }> {
  const outputs = await valuesOf(student.model, studentValues(student.model), first, ctx);
  const all = headsOf(student.model, master, outputs, samples, count, o);
  const heads = o.teacher === 'labels' ? all.filter((h) => h.labelled) : all;
  if (heads.length === 0) {
    throw new PareError('data/shape-mismatch', 'The labels are not about what the model gives.', {
      hint: 'The first output needs an answer for each label.',
    });
  }
  return { heads, dims: heads.map((h) => outputs[h.value].dims) };
}

async function valuesOf(model: Model, values: readonly string[], inputs: Inputs, ctx: MethodContext) {
  const evaluator = await buildEvaluator(
    model,
    { feeds: inputs, parameters: [], outputs: values },
    ctx.openSession.bind(ctx),
  );
  try {
    return await evaluator.run(inputs, new Map(), new Map());
  } finally {
    await evaluator.release();
  }
}

/** The values that are to be alike, their weights over the mean square of what the teacher has. @throws where shapes differ */
async function featuresOf(
  teacher: Teacher | undefined,
  heads: readonly Head[],
  dims: readonly (readonly number[])[],
  first: Inputs,
  o: DistillOptions,
): Promise<{ name: string; weight: number }[]> {
  if (!teacher) return [];
  const found: Readonly<Record<string, Value>> = await teacher.ask(first);
  heads.forEach((h, i) => {
    const theirs = found[h.teacher].dims;
    if (theirs.join() === dims[i].join()) return;
    throw new PareError(
      'recipe/not-applicable',
      `The student gives [${dims[i]}] for a batch where the original gives [${theirs}].`,
      { where: h.value },
    );
  });
  return o.features.map((name) => {
    const data = found[name].data as Float32Array;
    const square = data.reduce((sum, v) => sum + v * v, 0) / Math.max(1, data.length);
    return { name, weight: o.featureWeight / (square || 1) };
  });
}

function optimizerOf({ optimizer: kind, momentum, weightDecay }: DistillOptions): Optimizer {
  return kind === 'sgd' ? { kind, momentum, weightDecay } : { kind, weightDecay };
}

function noteLessons({ before, after, at, done, stopped }: Lessons, { held, steps }: Lesson, ctx: MethodContext): void {
  const note = (key: string, values: Record<string, string | number>) => ctx.note({ step: ctx.step, key, values });
  const round = (x: number) => Math.round(1e4 * x) / 1e4;
  if (held.length === 0) note('learned-unjudged', { steps: done });
  else note('learned', { before: round(before.score), after: round(after.score), at, of: steps, samples: held.length });
  if (stopped === 'enough') note('learning-stopped', { at: done, of: steps });
  if (stopped === 'diverged') note('learning-diverged', { at: done });
}
