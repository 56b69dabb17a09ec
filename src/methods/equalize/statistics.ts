import type { Model } from '../../onnx/model.ts';
import type { MethodContext } from '../types.ts';
import type { Layer } from './layers.ts';
import type { Normal } from './normal.ts';
import { Probe } from './probe.ts';

/** Mean and deviation of the layers' outputs by channel on the data, for layers whose BatchNormalization is not there to say. */
export async function measureOutputs(
  model: Model,
  layers: readonly Layer[],
  ctx: MethodContext,
): Promise<Map<string, Normal>> {
  const probe = new Probe(model);
  const fetched = layers.flatMap(({ op: { outputs }, weight: { dims } }) => {
    const [y] = outputs;
    return [probe.mean(y, dims.length), probe.mean(probe.add('Mul', [y, y]), dims.length)];
  });
  const means = await probe.run(fetched, 'calibrate', ctx);
  return new Map(
    layers.flatMap(({ op }, k) => {
      const [mean, square] = [means[2 * k], means[2 * k + 1]];
      if (!mean) return [];
      const deviation = square.map((q, c) => Math.sqrt(Math.max(0, q - mean[c] ** 2)));
      return [[op.outputs[0], { mean, deviation }] as const];
    }),
  );
}
