import type { Model } from '../onnx/model.ts';
import type { Session, Value } from '../runtime/types.ts';
import { assemble } from './assemble.ts';
import { differentiateModel, type TrainerOptions } from './prepare.ts';
import type { OpenSession } from './trace.ts';

export type GradientOptions = Omit<TrainerOptions, 'optimizer' | 'clipNorm' | 'masks' | 'noDecay' | 'rates'>;

/** Gradients of a loss, batch after batch, with nothing updated: for importance and sensitivity. */
export interface Gradients {
  /** The loss of a batch and its gradient by tensor; tensors that the loss does not depend on are left out. */
  run(feeds: Readonly<Record<string, Value>>): Promise<{
    loss: number;
    gradients: Map<string, Float32Array>;
    outputs: Readonly<Record<string, Value>>;
  }>;
  release(): Promise<void>;
}

/** Builds forward, loss and backward as one graph and loads it. @throws PareError as `buildTrainer` */
export async function buildGradients(model: Model, options: GradientOptions, open: OpenSession): Promise<Gradients> {
  const { traced, total, targets, gradients } = await differentiateModel(model, options, open);
  const outputs = [...new Set([total, ...(options.outputs ?? []), ...gradients.values()])];
  const session: Session = await open(assemble(traced, [...traced.inputs, ...targets], outputs), options.session);
  return {
    async run(feeds) {
      const found = await session.run(feeds);
      return {
        loss: Number(found[total].data[0]),
        gradients: new Map([...gradients].map(([name, g]) => [name, found[g].data as Float32Array])),
        outputs: Object.fromEntries((options.outputs ?? []).map((name) => [name, found[name]])),
      };
    },
    release: () => session.release(),
  };
}
