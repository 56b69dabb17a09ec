import { PareError } from '../../../base/errors.ts';
import { type Sketch, sketchOf } from '../../../kernels/sketch.ts';
import type { Model } from '../../../onnx/model.ts';
import type { CalibrationData, LabelledSamples, MethodContext } from '../../types.ts';
import { type Chosen, chooseWeights } from '../choose.ts';
import type { PruneWeightsOptions } from '../options.ts';
import { gradientScores } from './gradients.ts';
import { wandaScores } from './wanda.ts';

/** What importance is measured on. */
export interface Measured {
  readonly samples: LabelledSamples;
  readonly count: number;
  /** Which samples, ascending. */
  readonly indices: readonly number[];
}

/** What each element of a weight matters, not negative. */
export type Scores = Map<string, Float32Array<ArrayBuffer>>;

/**
 * The importance of the chosen weights' elements, by the weights' ids. What cannot be measured, or is not finite, is left out with a note.
 * @throws PareError `data/missing` without samples, `data/label-range`, `recipe/not-applicable`, those of the runtime
 */
export async function importanceScores(
  model: Model,
  chosen: readonly Chosen[],
  options: PruneWeightsOptions,
  ctx: MethodContext,
): Promise<Scores> {
  if (chosen.length === 0) return new Map();
  const measured = measuredOn(ctx.data, options);
  const weights = chosen.map((c) => c.weight);
  const found =
    options.importance === 'wanda'
      ? await wandaScores(model, weights, measured, ctx)
      : await gradientScores(model, weights, options.importance === 'taylor' ? 'taylor' : 'gradient', measured, ctx);
  for (const { id } of weights) {
    const scores = found.get(id);
    const bad = scores && !scores.every(Number.isFinite);
    if (bad) found.delete(id);
    if (bad) ctx.note({ step: ctx.step, key: 'importance-nan', values: { tensor: id } });
    else if (!scores) ctx.note({ step: ctx.step, key: 'importance-unreachable', values: { tensor: id } });
  }
  return found;
}

/**
 * A sketch of the importance of each weight that can be pruned, also of those that the options leave alone, by the weights' ids: what
 * `LayerFacts.scores` takes, so that sliders act on it. As the first round of `pruneWeights` measures it. For `magnitude` the weights'
 * own sketches.
 * @throws PareError as `pruneWeights`
 */
export async function importanceSketches(
  model: Model,
  options: PruneWeightsOptions,
  ctx: MethodContext,
): Promise<Map<string, Sketch>> {
  const chosen = await chooseWeights(model, { ...options, minElements: 0, layers: {} }, ctx);
  if (options.importance === 'magnitude') return new Map(chosen.map((c) => [c.weight.id, c.sketch]));
  const scores = await importanceScores(model, chosen, options, ctx);
  return new Map([...scores].map(([id, s]) => [id, sketchOf(s)]));
}

/** @throws PareError `data/missing` */
function measuredOn(data: CalibrationData | undefined, options: PruneWeightsOptions): Measured {
  const { importance, samples: wanted } = options;
  if (!data?.samples || data.count === 0) {
    throw new PareError('data/missing', `Importance by ${importance} is measured on samples, and there are none.`, {
      hint: 'Open data, on the command line with --data, or prune by magnitude.',
    });
  }
  const n = Math.min(data.count, wanted);
  const indices = Array.from({ length: n }, (_, i) => Math.floor((i * data.count) / n));
  return { samples: data.samples, count: data.count, indices };
}
