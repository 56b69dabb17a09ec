import { PareError } from '../base/errors.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import type { Resident, Session, Value } from '../runtime/types.ts';
import { mul } from './arithmetic.ts';
import { assemble } from './assemble.ts';
import type { RunningStatistic } from './batchNorm.ts';
import type { Quantized } from './fakeQuantize.ts';
import { clipByNorm, declareScalars, scalarsAt, update } from './optimizers.ts';
import { differentiateModel, type Feeds, readParameters, type TrainerOptions, withParameters } from './prepare.ts';
import { sizeOf, type Tape } from './tape.ts';
import type { OpenSession } from './trace.ts';

export interface StepResult {
  /** The weighted sum of the terms, before the update. */
  readonly loss: number;
  /** Each term before its weight, in the order of the options. */
  readonly terms: readonly number[];
  /** The values asked for in `outputs`. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** Everything that a training is at one moment. Can be posted between threads and stored. */
export interface TrainerState {
  readonly steps: number;
  /** Parameters, running statistics and the optimizer's memory, by name in the graph. */
  readonly tensors: Readonly<Record<string, Float32Array>>;
}

/** A tensor that each step takes and gives anew. */
interface Slot {
  readonly name: string;
  readonly next: string;
}

/** One graph of forward, loss, backward and update, run step by step. What it learns goes from output to input as it is, on a GPU without leaving it. */
export class Trainer {
  private values = new Map<string, Value | Resident>();
  private count = 0;

  /** Made by `buildTrainer`. */
  constructor(
    private readonly original: Model,
    tape: Tape,
    private readonly session: Session,
    private readonly options: TrainerOptions,
    private readonly plan: StepPlan,
    private readonly start: ReadonlyMap<string, Float32Array>,
  ) {
    for (const { name } of plan.slots) {
      const dims = [...tape.dims(name)];
      const data = start.get(name) ?? new Float32Array(sizeOf(dims));
      this.values.set(name, { dtype: 'float32', dims, data: this.masked(name, data) });
    }
  }

  /** Steps done. */
  get steps(): number {
    return this.count;
  }

  /**
   * Forward, backward and update on one batch.
   * @param feeds the model's inputs and the losses' targets, of the shapes that the trainer was built for
   * @throws PareError those of the runtime; parameters stay what they were before the step
   */
  async step(feeds: Feeds, rate: number): Promise<StepResult> {
    const { plan } = this;
    const all: Record<string, Value | Resident> = { ...feeds };
    for (const [name, x] of Object.entries(scalarsAt(this.options.optimizer, this.count + 1, rate))) {
      all[name] = { dtype: 'float32', dims: [], data: Float32Array.of(x) };
    }
    for (const [name, value] of this.values) all[name] = value;
    const { values: found, resident } = await this.session.runResident(all);
    for (const { name, next } of plan.slots) this.put(name, resident[next]);
    this.count++;
    const number = (name: string) => Number(found[name].data[0]);
    return {
      loss: number(plan.loss),
      terms: plan.terms.map(number),
      outputs: Object.fromEntries((this.options.outputs ?? []).map((name) => [name, found[name]])),
    };
  }

  /** What learned, running statistics included, by the ids of the model's tensors. Do not write to it. */
  parameters(): Promise<Map<string, Float32Array>> {
    return this.read([...this.options.train, ...this.plan.running.map((r) => r.name)]);
  }

  /** Sets some of what `parameters` gives; masked weights become zero. The optimizer's memory stays. */
  setParameters(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of values) this.set(name, data);
  }

  /** Learned scales by the value they belong to; those that the loss does not depend on as they were. */
  async scales(): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    for (const [value, { parameter }] of this.plan.quantized) {
      if (!parameter) continue;
      const logarithm = (await this.read([parameter])).get(parameter) ?? this.start.get(parameter)!;
      found.set(value, logarithm.map(Math.exp));
    }
    return found;
  }

  async state(): Promise<TrainerState> {
    return { steps: this.count, tensors: Object.fromEntries(await this.read([...this.values.keys()])) };
  }

  /** Goes on from a state that a trainer of the same options gave. */
  restore(state: TrainerState): void {
    for (const [name, data] of Object.entries(state.tensors)) this.set(name, data);
    this.count = state.steps;
  }

  /** The model that learning began with, its tensors as they are now. */
  async model(): Promise<Model> {
    return withParameters(this.original, await this.parameters());
  }

  release(): Promise<void> {
    for (const value of this.values.values()) if ('release' in value) value.release();
    this.values.clear();
    return this.session.release();
  }

  private set(name: string, data: Float32Array): void {
    const old = this.values.get(name);
    const dims = old?.dims ?? [];
    if (!old || sizeOf(dims) !== data.length) {
      throw new PareError('internal', `"${name}" is no parameter of ${data.length} elements here.`, { where: name });
    }
    this.put(name, { dtype: 'float32', dims, data: this.masked(name, data) });
  }

  private put(name: string, value: Value | Resident): void {
    const old = this.values.get(name);
    if (old && 'release' in old) old.release();
    this.values.set(name, value);
  }

  private async read(names: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>();
    for (const name of names) {
      const value = this.values.get(name);
      if (value) found.set(name, ('read' in value ? await value.read() : value).data as Float32Array);
    }
    return found;
  }

  private masked(name: string, data: Float32Array): Float32Array {
    const mask = this.options.masks?.get(name);
    return mask ? data.map((v, i) => (mask[i] ? v : 0)) : data;
  }
}

interface StepPlan {
  readonly loss: string;
  readonly terms: readonly string[];
  readonly slots: readonly Slot[];
  readonly running: readonly RunningStatistic[];
  readonly quantized: ReadonlyMap<string, Quantized>;
}

/**
 * Builds the graph of a training step and loads it.
 * @throws PareError `recipe/not-applicable` naming the node without a gradient or the tensor that cannot learn, and those of the
 * runtime
 */
export async function buildTrainer(model: Model, options: TrainerOptions, open: OpenSession): Promise<Trainer> {
  const built = await differentiateModel(model, options, open);
  const { traced, running, quantized } = built;
  const { tape } = traced;
  const start = await readParameters(model, [...options.train, ...running.map((r) => r.name)]);
  for (const { parameter } of quantized.values()) {
    if (parameter) start.set(parameter, await readFloats(tape.initializers.get(parameter)!));
  }
  const masked = new Map(
    [...built.gradients].map(([name, g]) => {
      const mask = options.masks?.get(name);
      if (!mask) return [name, g];
      const kept = makeTensor(tape.fresh(`${name}_mask`), DataType.FLOAT, tape.dims(name), Float32Array.from(mask));
      return [name, mul(tape, g, tape.initializer(kept))];
    }),
  );
  const gradients = options.clipNorm ? clipByNorm(tape, masked, options.clipNorm) : masked;
  const scalars = declareScalars(tape, options.optimizer);
  const scales = new Set([...quantized.values()].map((q) => q.parameter));
  const slots: Slot[] = [...running];
  for (const [name, g] of gradients) {
    const decays = !scales.has(name) && !options.noDecay?.has(name);
    const { next, states } = update(tape, options.optimizer, name, g, decays, options.rates?.get(name));
    slots.push({ name, next }, ...states);
  }
  const inputs = [...traced.inputs, ...built.targets, ...scalars, ...slots.map((s) => s.name)];
  const outputs = [built.total, ...built.terms, ...(options.outputs ?? []), ...slots.map((s) => s.next)];
  const step = assemble(traced, inputs, [...new Set(outputs)]);
  const session = await open(step, { ...options.session, keepOnDevice: slots.map((s) => s.next) });
  const plan: StepPlan = { loss: built.total, terms: built.terms, slots, running, quantized };
  return new Trainer(model, tape, session, options, plan, start);
}
