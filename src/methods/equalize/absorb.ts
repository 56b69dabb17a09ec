import { readFloats } from '../../onnx/tensor.ts';
import type { Balance } from './balance.ts';
import { inputAt, visit } from './layers.ts';
import { clippedMean, type Normal } from './normal.ts';
import type { Pair } from './pairs.ts';

/** A bias is absorbed as far as the channel is above 0 in all but one of 700 cases: 3 deviations (Nagel et al. 2019, §4.1.3). */
const DEVIATIONS = 3;

/** Statistics of a layer's output once its factors divide it. */
export function scaled(normal: Normal, { outputs }: Balance): Normal {
  return {
    mean: normal.mean.map((m, c) => m / outputs[c]),
    deviation: normal.deviation.map((d, c) => d / outputs[c]),
  };
}

/**
 * Moves what the first layer's Relu always lets through into the second one's bias: with c = max(0, μ − 3σ), relu(y − c) is
 * relu(y) − c wherever y is above c. A Clip's bounds go down with it.
 * @param normal of the first layer's output, changed with it
 * @param bounds of the Clip between them, if any
 */
export async function absorb(
  { first, second, spread }: Pair,
  [before, after]: readonly [Balance, Balance],
  normal: Normal,
  bounds: Float64Array | undefined,
): Promise<boolean> {
  const c = normal.mean.map((m, i) => {
    const high = Math.max(0, m - DEVIATIONS * normal.deviation[i]);
    return Number.isNaN(before.constant[i]) && high < (bounds?.[i] ?? Infinity) ? high : 0;
  });
  if (!c.some((x) => x > 0)) return false;
  for (let i = 0; i < first.outputs; i++) {
    before.bias[i] -= c[i];
    normal.mean[i] -= c[i];
    if (bounds) bounds[i] -= c[i];
  }
  const weight = await readFloats(second.weight);
  visit(second, (i, o, s) => {
    if (!Number.isNaN(after.constant[o])) return;
    const at = inputAt(second, o, s);
    after.bias[o] += ((weight[i] * after.inputs[at]) / after.outputs[o]) * c[Math.floor(at / spread)];
  });
  before.moved = true;
  after.moved = true;
  return true;
}

/** E[x] of the second layer's input channels, by the statistics of the layer before it. */
export function inputMeans(
  { second, spread, relu, means }: Pair,
  normal: Normal,
  bounds: Float64Array | undefined,
): Float64Array | undefined {
  if (!means) return undefined;
  const mean = normal.mean.map((m, c) => (relu ? clippedMean(m, normal.deviation[c], bounds?.[c] ?? Infinity) : m));
  return Float64Array.from({ length: second.inputs }, (_, i) => mean[Math.floor(i / spread)]);
}
