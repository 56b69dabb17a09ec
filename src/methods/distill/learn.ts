import type { Evaluator } from '../../autodiff/evaluate.ts';
import { rateAt } from '../../autodiff/schedules.ts';
import type { Trainer, TrainerState } from '../../autodiff/trainer.ts';
import { checkCancelled } from '../../base/progress.ts';
import type { Value } from '../../runtime/types.ts';
import type { LabelledSamples, MethodContext } from '../types.ts';
import { type Batches, dataTargets, targetsOf } from './batches.ts';
import { decodeSnapshot, encodeSnapshot } from './checkpoint.ts';
import { featureInput, type Head, teacherInput } from './heads.ts';
import type { DistillOptions } from './options.ts';
import type { SampleStore } from './samples.ts';
import { isBetter, Judge, type Score } from './score.ts';
import type { Learned } from './student.ts';
import type { Teacher } from './teacher.ts';

/** Everything that one training needs. */
export interface Lesson {
  readonly options: DistillOptions;
  readonly heads: readonly Head[];
  /** Values inside that are to be alike, by name in both models. */
  readonly features: readonly string[];
  /** Of each head's output for a batch. */
  readonly dims: readonly (readonly number[])[];
  readonly trainer: Trainer;
  readonly evaluator: Evaluator;
  readonly teacher: Teacher | undefined;
  readonly store: SampleStore;
  readonly samples: LabelledSamples;
  readonly count: number;
  readonly batches: Batches;
  readonly held: Uint32Array;
  readonly steps: number;
  readonly evaluateEvery: number;
  /** What the checkpoint is kept under. */
  readonly key: string;
}

/** The held-out figures of a training, and the weights that were best by them. */
export interface Lessons {
  readonly best: Learned;
  readonly before: Score;
  readonly after: Score;
  /** Updates after which the best was found, and in all. */
  readonly at: number;
  readonly done: number;
  readonly stopped: 'enough' | 'diverged' | undefined;
}

/** At most this long between checkpoints, ms. */
const CHECKPOINT_MS = 10_000;
/** A worker hears what it is told only between tasks; so often it pauses for that, ms. */
const BREATH_MS = 100;

interface Header {
  step: number;
  teacher?: number;
  before: Score;
  best: Score & { at: number };
  loss: number;
  losses: number;
}

interface Best extends Score, Learned {
  readonly at: number;
}

/**
 * Learns step by step from where the last checkpoint left it, judges on the held-out samples, and keeps the best. Once the signal of the
 * context fires the state is kept as a checkpoint first, so that nothing is lost.
 * @throws PareError `cancelled`, and those of the runtime
 */
export async function learn(lesson: Lesson, ctx: MethodContext): Promise<Lessons> {
  const { options: o, trainer, steps, evaluateEvery } = lesson;
  const judged = lesson.held.length > 0;
  const kept = await resume(lesson, ctx);
  let step = kept?.header.step ?? 0;
  let teacher = kept?.header.teacher;
  let sum = kept?.header.loss ?? 0;
  let losses = kept?.header.losses ?? 0;
  let stopped: Lessons['stopped'];
  const nowLearned = async (): Promise<Learned> => ({
    parameters: copies(await trainer.parameters()),
    scales: copies(await trainer.scales()),
  });
  let best: Best;
  let before: Score;
  if (kept) ({ best, before } = kept);
  else {
    const learned = await nowLearned();
    before = await evaluate(lesson, learned);
    if (judged && lesson.teacher) teacher = await teacherScore(lesson);
    best = { ...before, ...learned, at: 0 };
  }
  const point = (held: number | undefined) =>
    ctx.curve?.({
      ...{ recipeStep: ctx.step, series: o.teacher === 'labels' ? 'teacher' : 'student', at: step, of: steps },
      ...(losses > 0 && { loss: sum / losses }),
      ...(judged && held !== undefined && { held }),
      ...(teacher !== undefined && { teacher }),
    });
  const save = async () => {
    if (!ctx.checkpoints) return;
    const header: Header = {
      ...{ step, before, best: { score: best.score, loss: best.loss, at: best.at }, loss: sum, losses },
      ...(teacher !== undefined && { teacher }),
    };
    await ctx.checkpoints.put(lesson.key, snapshot(header, await trainer.state(), best));
  };
  if (!kept) point(before.score);

  let saved = performance.now();
  let breath = saved;
  while (step < steps && !stopped) {
    if (performance.now() - breath > BREATH_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      breath = performance.now();
    }
    if (ctx.signal?.aborted) {
      await save();
      checkCancelled(ctx.signal);
    }
    ctx.onProgress?.({ phase: 'learn', done: step, total: steps });
    const loss = await once(lesson, step);
    step++;
    if (!Number.isFinite(loss)) {
      stopped = 'diverged';
      break;
    }
    sum += loss;
    losses++;
    if (ctx.enough?.aborted) stopped = 'enough';
    if (step % evaluateEvery === 0 || step === steps || stopped) {
      const learned = await nowLearned();
      const score = await evaluate(lesson, learned);
      if (!judged || isBetter(score, best, o.best, lesson.held.length)) best = { ...score, ...learned, at: step };
      point(score.score);
      sum = 0;
      losses = 0;
    }
    if (performance.now() - saved > CHECKPOINT_MS) {
      await save();
      saved = performance.now();
    }
  }
  ctx.onProgress?.({ phase: 'learn', done: steps, total: steps });
  const { score, loss, at } = best;
  return { best, before, after: { score, loss }, at, done: step, stopped };
}

/** One update. Gives the loss before it. */
async function once({ options: o, trainer, teacher, batches, ...l }: Lesson, step: number): Promise<number> {
  const { indices, inputs, plain } = await batches.at(step);
  const feeds: Record<string, Value> = { ...inputs, ...dataTargets(l.heads, l.samples, l.count, indices, l.dims) };
  if (teacher) {
    const found = await teacher.ask(inputs, plain ? indices : undefined);
    l.heads.forEach((head, i) => {
      feeds[teacherInput(i)] = found[head.teacher];
    });
    l.features.forEach((name, i) => {
      feeds[featureInput(i)] = found[name];
    });
  }
  const { schedule: kind, rate, warmup } = o;
  const at = rateAt({ kind, rate, steps: l.steps, warmup: Math.round(warmup * l.steps) }, step);
  return (await trainer.step(feeds, at)).loss;
}

/** The held-out samples in batches of one size, the last one filled up with its first sample. */
async function* heldOut({ held, batches, store }: Lesson) {
  for (let at = 0; at < held.length; at += batches.size) {
    const rows = Math.min(batches.size, held.length - at);
    const indices = Uint32Array.from({ length: batches.size }, (_, i) => held[at + (i < rows ? i : 0)]);
    yield { rows, indices, inputs: await store.read(indices) };
  }
}

async function evaluate(lesson: Lesson, learned: Learned): Promise<Score> {
  const judge = new Judge(lesson.heads, lesson.options);
  for await (const { rows, indices, inputs } of heldOut(lesson)) {
    const answers = await lesson.evaluator.run(inputs, learned.parameters, learned.scales);
    const theirs = await lesson.teacher?.ask(inputs, indices);
    judge.add(rows, answers, theirs, labelsAt(lesson, indices), targetsOf(lesson.samples, lesson.count, indices));
  }
  return judge.result();
}

/** The teacher on the same samples: a share of them where there are labels, else 1 of agreement with itself. */
async function teacherScore(lesson: Lesson): Promise<number> {
  const judge = new Judge(lesson.heads, lesson.options);
  for await (const { rows, indices, inputs } of heldOut(lesson)) {
    const theirs = await lesson.teacher!.ask(inputs, indices);
    const answers = Object.fromEntries(lesson.heads.map((h) => [h.value, theirs[h.teacher]]));
    judge.add(rows, answers, theirs, labelsAt(lesson, indices), targetsOf(lesson.samples, lesson.count, indices));
  }
  return judge.result().score;
}

function labelsAt({ samples }: Lesson, indices: Uint32Array): Int32Array | undefined {
  return samples.labels && Int32Array.from(indices, (i) => samples.labels![i]);
}

/** On WASM the trainer's numbers may be views that a later step writes over. */
function copies(values: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  return new Map([...values].map(([name, v]) => [name, v.slice()]));
}

function snapshot(header: Header, state: TrainerState, best: Best): Uint8Array<ArrayBuffer> {
  const arrays: Record<string, Float32Array> = {};
  for (const [name, v] of Object.entries(state.tensors)) arrays[`state ${name}`] = v;
  for (const [name, v] of best.parameters) arrays[`best ${name}`] = v;
  for (const [name, v] of best.scales) arrays[`scale ${name}`] = v;
  return encodeSnapshot({ header, arrays });
}

/** The state of the checkpoint, put into the trainer; undefined where there is none, or none that fits. */
async function resume({ key, trainer }: Lesson, ctx: MethodContext) {
  const bytes = await ctx.checkpoints?.get(key);
  const found = bytes && decodeSnapshot<Header>(bytes);
  if (!found) return undefined;
  const { header, arrays } = found;
  const part = (prefix: string) =>
    Object.entries(arrays).flatMap(([name, v]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), v] as const] : [],
    );
  trainer.restore({ steps: header.step, tensors: Object.fromEntries(part('state ')) });
  ctx.note({ step: ctx.step, key: 'learning-resumed', values: { at: header.step } });
  const best: Best = { ...header.best, parameters: new Map(part('best ')), scales: new Map(part('scale ')) };
  return { header, before: header.before, best };
}
