import { PareError } from '../base/errors.ts';
import { dtypeName } from '../onnx/dtypes.ts';
import type { Model } from '../onnx/model.ts';
import { DataType } from '../onnx/proto.ts';
import { type Replacement, replaceWeights } from '../onnx/replace.ts';
import { identified } from '../onnx/scopes.ts';
import { makeTensor, readFloats } from '../onnx/tensor.ts';
import type { SessionOptions, Value } from '../runtime/types.ts';
import { type RunningStatistic, withBatchStatistics } from './batchNorm.ts';
import { differentiate } from './differentiate.ts';
import { type FakeQuantizer, insertFakeQuantizers, type Quantized } from './fakeQuantize.ts';
import { buildLoss, type LossTerm } from './losses.ts';
import type { Optimizer } from './optimizers.ts';
import { type OpenSession, type Traced, traceModel } from './trace.ts';

/** Inputs of a graph by name. */
export type Feeds = Readonly<Record<string, Value>>;

export interface TrainerOptions {
  /** One batch of the model's inputs: every batch has its shapes. */
  feeds: Feeds;
  /** Ids of float32 tensors of the main graph that learn (`onnx/weights.ts`). */
  train: readonly string[];
  losses: readonly LossTerm[];
  optimizer: Optimizer;
  /** Largest norm of all gradients together. */
  clipNorm?: number;
  /** For each masked tensor one byte per element: 0 for a weight that is and stays zero. */
  masks?: ReadonlyMap<string, Uint8Array>;
  /** Values, weights or activations, that are rounded on their way to those who take them. */
  fakeQuantizers?: ReadonlyMap<string, FakeQuantizer>;
  /** `frozen` (the default) keeps the stored statistics, `batch` uses and updates them as training does. */
  batchNorm?: 'frozen' | 'batch';
  /** Parameters without weight decay: biases and norms, as many recipes have it. */
  noDecay?: ReadonlySet<string>;
  /** Factors on the learning rate of some parameters: scales and levels learn at a pace that goes by their size. */
  rates?: ReadonlyMap<string, number>;
  /** Values of the model to be given with every step. */
  outputs?: readonly string[];
  /** See `differentiate`. */
  constantWithoutRule?: boolean;
  session?: SessionOptions;
}

/** A model with float32 tensors of the main graph replaced by others of the same dims. */
export function withParameters(model: Model, values: ReadonlyMap<string, Float32Array>): Model {
  const replacements = new Map<string, Replacement>();
  const [main] = identified(model.proto);
  for (const { id, name, tensor } of main.consts) {
    const data = values.get(id);
    if (!data) continue;
    const dims = tensor.dims.map(Number);
    replacements.set(id, { tensor: makeTensor(name, DataType.FLOAT, dims, data as Float32Array<ArrayBuffer>) });
  }
  return replaceWeights(model, replacements);
}

/** The tensors by id, and their numbers. @throws PareError `recipe/not-applicable` for one that cannot learn */
export async function readParameters(model: Model, ids: readonly string[]): Promise<Map<string, Float32Array>> {
  const [main] = identified(model.proto);
  const byId = new Map(main.consts.map((c) => [c.id, c.tensor]));
  const found = new Map<string, Float32Array>();
  for (const id of ids) {
    const tensor = byId.get(id);
    if (tensor?.dataType === DataType.FLOAT) found.set(id, await readFloats(tensor));
    else {
      const what = tensor ? `is ${dtypeName(tensor.dataType)}` : 'is no tensor of the main graph';
      throw new PareError('recipe/not-applicable', `"${id}" ${what} and cannot learn.`, {
        where: id,
        hint: 'float32 tensors learn. Convert the model to float32, or learn before it is quantized.',
      });
    }
  }
  return found;
}

/** The forward pass with what options put into it, its loss, and the gradients of what learns. */
export interface Differentiated {
  readonly traced: Traced;
  readonly total: string;
  readonly terms: readonly string[];
  readonly targets: readonly string[];
  readonly gradients: Map<string, string>;
  readonly running: readonly RunningStatistic[];
  readonly quantized: ReadonlyMap<string, Quantized>;
}

/** What the trainer and `buildGradients` share: trace, rewrite, loss, backward. */
export async function differentiateModel(
  model: Model,
  options: Omit<TrainerOptions, 'optimizer'>,
  open: OpenSession,
): Promise<Differentiated> {
  const traced = await traceModel(model, options.feeds, open, options.session);
  const { tape } = traced;
  const running = options.batchNorm === 'batch' ? withBatchStatistics(tape) : [];
  const quantized = insertFakeQuantizers(tape, options.fakeQuantizers ?? new Map());
  const loss = buildLoss(tape, options.losses);
  const scales = [...quantized.values()].flatMap((q) => q.parameter ?? []);
  const gradients = differentiate(tape, loss.total, [...options.train, ...scales], options);
  return { traced, total: loss.total, terms: loss.terms, targets: loss.inputs, gradients, running, quantized };
}
