import { PareError } from '../base/errors.ts';
import type { Model } from '../onnx/model.ts';
import type { Session, Value } from '../runtime/types.ts';
import { assemble } from './assemble.ts';
import { insertFakeQuantizers } from './fakeQuantize.ts';
import type { Feeds, TrainerOptions } from './prepare.ts';
import { type OpenSession, traceModel } from './trace.ts';

export type EvaluatorOptions = Pick<TrainerOptions, 'feeds' | 'fakeQuantizers' | 'session'> & {
  /** Ids of the tensors that are given with each run. */
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
};

/** The forward pass of what a trainer learns, with BatchNormalization as it will be used, loaded once for any weights. */
export interface Evaluator {
  /** @param feeds a batch of the size that it was built for @param scales learned ones, by value, as `Trainer.scales` gives them */
  run(
    feeds: Feeds,
    parameters: ReadonlyMap<string, Float32Array>,
    scales: ReadonlyMap<string, Float32Array>,
  ): Promise<Readonly<Record<string, Value>>>;
  release(): Promise<void>;
}

/** Builds and loads it. @throws PareError those of the runtime */
export async function buildEvaluator(model: Model, options: EvaluatorOptions, open: OpenSession): Promise<Evaluator> {
  const traced = await traceModel(model, options.feeds, open, options.session);
  const { tape } = traced;
  const quantized = insertFakeQuantizers(tape, options.fakeQuantizers ?? new Map());
  const learned = [...quantized].flatMap(([value, { parameter }]) => (parameter ? [[value, parameter] as const] : []));
  const inputs = [...traced.inputs, ...options.parameters, ...learned.map(([, parameter]) => parameter)];
  const session: Session = await open(assemble(traced, inputs, options.outputs), options.session);
  const taken = new Set(session.inputs.map((p) => p.name));
  return {
    async run(feeds, parameters, scales) {
      const all: Record<string, Value> = {};
      const put = (name: string, data: Float32Array | undefined) => {
        if (!taken.has(name)) return;
        if (!data) throw new PareError('internal', `"${name}" was given no numbers.`, { where: name });
        all[name] = { dtype: 'float32', dims: tape.dims(name), data };
      };
      for (const name of options.parameters) put(name, parameters.get(name));
      for (const [value, parameter] of learned) put(parameter, scales.get(value)?.map(Math.log));
      return session.run({ ...feeds, ...all });
    },
    release: () => session.release(),
  };
}
