import { create } from '@bufbuild/protobuf';
import { PareError } from '../base/errors.ts';
import { checkCancelled } from '../base/progress.ts';
import { methods } from '../methods/index.ts';
import type { MethodContext, StepNote } from '../methods/types.ts';
import type { Model } from '../onnx/model.ts';
import { copyWith, StringStringEntryProtoSchema } from '../onnx/proto.ts';
import { type Recipe, recipeText, type Step } from './schema.ts';

/** What a run needs from outside; the rest is filled in here. */
export type PipelineContext = Omit<MethodContext, 'seed' | 'step' | 'original'>;

type Found = Parameters<NonNullable<MethodContext['calibrated']>>[0];
/** What a step told, to be told again when its result is used again. */
interface Said {
  notes: StepNote[];
  calibrated: Found[];
}

const METADATA_RECIPE = 'pare.recipe';

/** A step's seed: its own stream for each place in the recipe, so that adding a step at the end changes no other. */
function stepSeed(seed: number, index: number): number {
  return (seed + Math.imul(index, 0x9e3779b9)) >>> 0;
}

/**
 * Runs recipes on one model. The model after each step is kept by the steps that led to it, so that a change runs
 * again only from the first step that changed. Models are structure and pending computations; keeping them is cheap.
 */
export class Pipeline {
  private readonly after = new Map<string, { model: Model; said: Said }>();
  private current: PipelineContext | undefined;

  constructor(readonly original: Model) {}

  /**
   * The compressed model. Most of the work is still pending in its payloads and happens while it is written, so
   * the context stays in use until then. With no steps it is the original itself, so that nothing at all changes.
   * @throws PareError of whichever step fails, `where` naming the step when nothing closer is known
   */
  async run(recipe: Recipe, ctx: PipelineContext): Promise<Model> {
    this.current = ctx;
    let model = this.original;
    const given: Model[] = [];
    for (let step = 0; step < recipe.steps.length; step++) {
      checkCancelled(ctx.signal);
      given.push(model);
      ctx.onProgress?.({ phase: 'step', done: step, total: recipe.steps.length, detail: recipe.steps[step].method });
      const key = this.keyOf(recipe, step + 1, ctx.data?.id);
      let known = this.after.get(key);
      if (known) {
        known.said.notes.forEach(ctx.note);
        for (const found of known.said.calibrated) ctx.calibrated?.(found);
      } else {
        const said: Said = { notes: [], calibrated: [] };
        known = { model: await this.apply(model, recipe.steps[step], this.context(recipe, given, said)), said };
        this.after.set(key, known);
      }
      model = known.model;
    }
    return recipe.steps.length ? stamp(model, recipe) : model;
  }

  /**
   * Asks something about the model that a step is given, as that step would see it. Does not wait for a run that is under way where
   * the steps before are known; the answer is not kept.
   * @param inTurn waits until no run is under way
   * @throws PareError of the steps before, and the question's own
   */
  async ask<T>(
    recipe: Recipe,
    step: number,
    ctx: PipelineContext,
    question: (model: Model, options: Step, ctx: MethodContext) => Promise<T>,
    inTurn: <R>(work: () => Promise<R>) => Promise<R>,
  ): Promise<T> {
    const before = { ...recipe, steps: recipe.steps.slice(0, step) };
    const model = this.before(recipe, step, ctx.data?.id) ?? (await inTurn(() => this.run(before, ctx)));
    const own = { ...ctx, step, seed: stepSeed(recipe.seed, step), original: this.original };
    return question(model, recipe.steps[step], own);
  }

  /** The model that a step of this recipe is given, where an earlier run with the same data has made it. */
  before(recipe: Recipe, step: number, data: string | undefined): Model | undefined {
    if (step === 0) return this.original;
    return this.after.get(this.keyOf(recipe, step, data))?.model;
  }

  /** What the model after the first `steps` steps is kept by. */
  private keyOf({ seed, steps: all }: Recipe, steps: number, data: string | undefined): string {
    return [`${seed} ${data ?? ''}`, ...all.slice(0, steps).map((step) => JSON.stringify(step))].join('\n');
  }

  /**
   * A step's context. Its result may be used by later runs, and its computations run only then: whatever belongs to
   * a run is looked up in the run that is current at the time.
   */
  private context(recipe: Recipe, given: readonly Model[], said: Said): MethodContext {
    const now = () => this.current!;
    const step = given.length - 1;
    return {
      step,
      seed: stepSeed(recipe.seed, step),
      original: this.original,
      earlier: [...given],
      sketch: (weight) => now().sketch(weight),
      knownSketch: (weight) => now().knownSketch?.(weight),
      openSession: (model, options) => now().openSession(model, options),
      report: (report) => now().report(report),
      note(note) {
        // A step may come by the same thing twice.
        if (said.notes.some((n) => JSON.stringify(n) === JSON.stringify(note))) return;
        said.notes.push(note);
        now().note(note);
      },
      onProgress: (progress) => now().onProgress?.(progress),
      get signal() {
        return now().signal;
      },
      curve: (point) => now().curve?.(point),
      get calibrated() {
        const tell = now().calibrated;
        return (
          tell &&
          ((found: Found) => {
            said.calibrated.push(found);
            tell(found);
          })
        );
      },
      get data() {
        return now().data;
      },
      get models() {
        return now().models;
      },
      get checkpoints() {
        return now().checkpoints;
      },
      get enough() {
        return now().enough;
      },
      get reportDetail() {
        return now().reportDetail;
      },
      get kernels() {
        return now().kernels;
      },
    };
  }

  private async apply(model: Model, step: Step, ctx: MethodContext): Promise<Model> {
    const method = methods.find((m) => m.name === step.method)!;
    try {
      return await method.apply(model, step, ctx);
    } catch (error) {
      const e = PareError.from(error);
      if (e.where !== undefined) throw e;
      throw new PareError(e.code, e.message, { hint: e.hint, where: `steps[${ctx.step}]`, cause: e });
    }
  }
}

/** Names the recipe in the model's metadata, replacing one that was there. */
function stamp(model: Model, recipe: Recipe): Model {
  const kept = model.proto.metadataProps.filter((p) => p.key !== METADATA_RECIPE);
  const entry = create(StringStringEntryProtoSchema, { key: METADATA_RECIPE, value: recipeText(recipe) });
  return { ...model, proto: copyWith(model.proto, { metadataProps: [...kept, entry] }) };
}
