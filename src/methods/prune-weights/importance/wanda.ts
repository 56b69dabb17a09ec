import { checkCancelled } from '../../../base/progress.ts';
import type { Model } from '../../../onnx/model.ts';
import { readFloats } from '../../../onnx/tensor.ts';
import type { Weight } from '../../../onnx/weights.ts';
import type { MethodContext } from '../../types.ts';
import type { Measured, Scores } from './index.ts';
import { InputNorms } from './inputs.ts';

/** Samples in one run where the model leaves the batch free: what they leave in memory is small, the activations are not. */
const BATCH = 8;

/**
 * |w|·‖x‖₂ with the norm of the input that w multiplies, over all samples and all the places where it does: rows of MatMul, Gemm and
 * Attention, and for convolutions the pixels that each position of the kernel meets, padding being zero. The input channel of a
 * ConvTranspose is taken as a whole. Weights in other places, or that another node takes too, are left out.
 */
export async function wandaScores(
  model: Model,
  weights: readonly Weight[],
  { samples, indices }: Measured,
  ctx: MethodContext,
): Promise<Scores> {
  const norms = new InputNorms(model, weights);
  const size = samples.batch ?? BATCH;
  // A batch that is fixed is not begun with fewer, which would count the last sample several times.
  const whole = samples.batch ? Math.max(size, indices.length - (indices.length % size)) : indices.length;
  const scores: Scores = new Map();
  if (norms.empty) return scores;
  const session = await ctx.openSession(norms.model);
  try {
    for (let at = 0; at < Math.min(whole, indices.length); at += size) {
      checkCancelled(ctx.signal);
      ctx.onProgress?.({ phase: 'importance', done: at, total: indices.length });
      norms.take(await session.run(await samples.read(indices.slice(at, at + size))));
    }
  } finally {
    await session.release();
  }
  for (const { id, tensor } of weights) {
    const squares = norms.of(id);
    if (!squares) continue;
    const x = await readFloats(tensor);
    scores.set(
      id,
      x.map((w, i) => (w === 0 ? 0 : Math.abs(w) * Math.sqrt(squares(i)))),
    );
  }
  return scores;
}
