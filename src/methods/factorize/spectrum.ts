import { checkCancelled } from '../../base/progress.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { readFloats } from '../../onnx/tensor.ts';
import { listWeights } from '../../onnx/weights.ts';
import { factsOf } from '../layers.ts';
import type { MethodContext } from '../types.ts';
import { type Cut, decide, saves } from './decide.ts';
import type { FactorizeOptions } from './options.ts';
import type { Svd } from './svd.ts';
import { decompose } from './values.ts';

/** What a layer's chart draws. Structured-cloneable. */
export interface Spectrum {
  readonly kind: Cut['kind'];
  readonly full: number;
  /** Root of the summed squares of each singular value over the groups, in descending order: `full` of them. */
  readonly values: Float64Array;
  /** Share of the energy that each rank from 1 up keeps. */
  readonly kept: Float64Array;
  /** The largest rank at which two tensors take less than one; 0 when none does. */
  readonly largest: number;
}

/** The share of Σσ² over all groups that each rank keeps, from 1 up; a matrix of zeros keeps everything. */
export function energyKept(groups: readonly Pick<Svd, 'values'>[]): Float64Array {
  const kept = new Float64Array(groups[0].values.length);
  let sum = 0;
  for (let k = 0; k < kept.length; k++) {
    for (const { values } of groups) sum += values[k] * values[k];
    kept[k] = sum;
  }
  return kept.map((s) => (sum === 0 ? 1 : s / sum));
}

/** The least rank that keeps this share of the energy. */
export function rankForEnergy(groups: readonly Pick<Svd, 'values'>[], energy: number): number {
  const kept = energyKept(groups);
  const first = kept.findIndex((share) => share >= energy);
  return first < 0 ? kept.length : first + 1;
}

/** The spectrum of each layer that the options are about, by the weights' ids; seconds for a matrix of some thousand rows. */
export async function spectra(
  model: Model,
  options: FactorizeOptions,
  ctx: MethodContext,
): Promise<Map<string, Spectrum>> {
  const opset = opsetOf(model);
  const found = new Map<string, Spectrum>();
  // Whatever the rank: layers that would be left at this one have a spectrum too.
  const open = { ...options, rank: undefined, energy: 1 };
  for (const weight of listWeights(model.proto)) {
    checkCancelled(ctx.signal);
    const bare = factsOf(weight, opset);
    if (bare.role !== 'weight') continue;
    const facts = { ...bare, sketch: await ctx.sketch(weight) };
    const d = decide(facts, open);
    if (d.kind === 'skip') continue;
    const { cut } = d;
    const layout = { dims: facts.dims, rowAxis: 1 - (facts.channelAxis ?? 1) };
    const groups = decompose(await readFloats(weight.tensor), cut, layout);
    const values = groups[0].values.map((_, k) => Math.sqrt(groups.reduce((s, g) => s + g.values[k] ** 2, 0)));
    let largest = 0;
    while (largest < cut.full && saves(facts, cut, largest + 1)) largest++;
    found.set(weight.id, { kind: cut.kind, full: cut.full, values, kept: energyKept(groups), largest });
  }
  return found;
}
