import { buildGradients } from '../../../autodiff/gradients.ts';
import { checkCancelled } from '../../../base/progress.ts';
import type { Model } from '../../../onnx/model.ts';
import { readFloats, sizeOf } from '../../../onnx/tensor.ts';
import type { Weight } from '../../../onnx/weights.ts';
import type { MethodContext } from '../../types.ts';
import type { Measured, Scores } from './index.ts';
import { sampleLoss } from './loss.ts';

/**
 * Importance by the gradient g of each sample's own loss: `gradient` is the mean of g², `taylor` |w| times the root of that, and both
 * are 0 where w is 0. BatchNormalization uses its stored statistics. Where the model fixes a batch, it is filled with the one sample.
 * Weights that the loss does not depend on, or only through operators without a gradient, are left out.
 */
export async function gradientScores(
  model: Model,
  weights: readonly Weight[],
  by: 'gradient' | 'taylor',
  on: Measured,
  ctx: MethodContext,
): Promise<Scores> {
  const open = ctx.openSession.bind(ctx);
  const loss = await sampleLoss(model, on, ctx);
  const sums = new Map<string, Float64Array>();
  try {
    const sizes = new Map(weights.map((w) => [w.id, sizeOf(w.tensor)]));
    const first = await on.samples.read([on.indices[0]]);
    const gradients = await buildGradients(
      model,
      { feeds: first, train: [...sizes.keys()], losses: [loss.term], constantWithoutRule: true },
      open,
    );
    try {
      for (const [done, sample] of on.indices.entries()) {
        checkCancelled(ctx.signal);
        ctx.onProgress?.({ phase: 'importance', done, total: on.indices.length });
        const inputs = await on.samples.read([sample]);
        const found = await gradients.run({ ...inputs, ...(await loss.feeds(sample, inputs)) });
        for (const [id, g] of found.gradients) {
          const sum = sums.get(id) ?? new Float64Array(sizes.get(id)!);
          sums.set(id, sum);
          for (let k = 0; k < g.length; k++) sum[k] += g[k] * g[k];
        }
      }
    } finally {
      await gradients.release();
    }
  } finally {
    await loss.release();
  }
  const scores: Scores = new Map();
  for (const { id, tensor } of weights) {
    const sum = sums.get(id);
    if (!sum) continue;
    const x = await readFloats(tensor);
    const n = on.indices.length;
    const score = by === 'gradient' ? (k: number) => sum[k] / n : (k: number) => Math.abs(x[k]) * Math.sqrt(sum[k] / n);
    scores.set(
      id,
      x.map((w, k) => (w === 0 ? 0 : score(k))),
    );
    sums.delete(id);
  }
  return scores;
}
