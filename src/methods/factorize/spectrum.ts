import { checkCancelled } from '../../base/progress.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { isFloatTensor, readFloats } from '../../onnx/tensor.ts';
import { listWeights } from '../../onnx/weights.ts';
import { factsOf } from '../layers.ts';
import type { MethodContext } from '../types.ts';
import { decideOpen, factorBytes, saves } from './decide.ts';
import { energyKept } from './energy.ts';
import type { FactorizeOptions } from './options.ts';
import { decompose } from './values.ts';

/** What a layer's chart draws. Structured-cloneable. */
export interface Spectrum {
  readonly full: number;
  /** Root of the summed squares of each singular value over the groups, in descending order: `full` of them. */
  readonly values: Float64Array;
  /** Share of the energy that each rank from 1 up keeps. */
  readonly kept: Float64Array;
  /** The largest rank at which two tensors take less than one; 0 when none does. */
  readonly largest: number;
  /** Of the weight in the file, and of both factors for each rank. */
  readonly bytes: number;
  readonly bytesPerRank: number;
}

/**
 * The spectrum of one layer; undefined for one that the options leave alone and for one that is not there. Seconds for a matrix of some
 * thousand rows.
 * @param id the weight's
 */
export async function spectrumOf(
  model: Model,
  id: string,
  options: FactorizeOptions,
  ctx: MethodContext,
): Promise<Spectrum | undefined> {
  const weight = listWeights(model.proto).find((w) => w.id === id);
  if (!weight || !isFloatTensor(weight.tensor)) return undefined;
  const facts = { ...factsOf(weight, opsetOf(model)), sketch: await ctx.sketch(weight) };
  const d = decideOpen(facts, options);
  if (d.kind === 'skip') return undefined;
  checkCancelled(ctx.signal);
  const { cut } = d;
  const layout = { dims: facts.dims, rowAxis: 1 - (facts.channelAxis ?? 1) };
  const groups = decompose(await readFloats(weight.tensor), cut, layout);
  const values = groups[0].values.map((_, k) => Math.sqrt(groups.reduce((s, g) => s + g.values[k] ** 2, 0)));
  let largest = 0;
  while (largest < cut.full && saves(facts, cut, largest + 1)) largest++;
  const bytesPerRank = factorBytes(facts, cut, 1);
  return { full: cut.full, values, kept: energyKept(groups), largest, bytes: facts.bytes, bytesPerRank };
}
