import type { Balance } from './balance.ts';
import { inputAt, type Layer } from './layers.ts';
import type { Pair } from './pairs.ts';

/** Largest magnitude of each output channel, as it now is. */
export function outputRanges({ layer, largest, inputs, outputs }: Balance): Float64Array {
  const out = new Float64Array(layer.outputs);
  for (let o = 0; o < layer.outputs; o++) {
    for (let s = 0; s < layer.perOutput; s++) {
      const x = largest[o * layer.perOutput + s] * inputs[inputAt(layer, o, s)];
      if (x > out[o]) out[o] = x;
    }
    out[o] /= outputs[o];
  }
  return out;
}

/** Largest magnitude of what each input channel is multiplied with. */
export function inputRanges({ layer, largest, inputs, outputs }: Balance): Float64Array {
  const out = new Float64Array(layer.inputs);
  for (let o = 0; o < layer.outputs; o++) {
    for (let s = 0; s < layer.perOutput; s++) {
      const i = inputAt(layer, o, s);
      const x = (largest[o * layer.perOutput + s] * inputs[i]) / outputs[o];
      if (x > out[i]) out[i] = x;
    }
  }
  return out;
}

/** Factors within this of 1 change nothing worth another round. */
const SETTLED = 1e-3;
/** A channel's factor stays within this of 1 in all, so that nothing overflows and no channel is lost. */
const MAX_FACTOR = 1e6;

const largestOf = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b), 0);

/**
 * One pair equalized: s = √(r₁/r₂) for each channel between them gives both the range √(r₁·r₂) (Nagel et al. 2019, arXiv
 * 1906.04721, eq. 11). Channels that are zero on either side are left as they are.
 *
 * With the tops of what is between, its rounding counts too. A channel's errors relative to what it carries go as the inverse of
 * its precisions p = r/max r: 1/p₁² + 1/(2·pₐ)² fall and 1/p₂² rises with 1/s, where activations behind a Relu have twice the
 * levels of a signed weight; their sum is least where both sides are equal.
 * @returns the largest |log s|
 */
function equalizePair(
  { first, second, spread }: Pair,
  balances: ReadonlyMap<Layer, Balance>,
  tops: Float64Array | undefined,
): number {
  const [a, b] = [balances.get(first)!, balances.get(second)!];
  const r1 = outputRanges(a);
  const each = inputRanges(b);
  const r2 = r1.map((_, c) => largestOf(each.subarray(c * spread, (c + 1) * spread)));
  const between = tops?.map((x, c) => x / a.outputs[c]);
  const [most1, most] = [largestOf(r1), between ? largestOf(between) : 0];
  let change = 0;
  for (let c = 0; c < first.outputs; c++) {
    let range = r1[c];
    if (between && between[c] > 0) range /= Math.hypot(1, (range / most1) * (most / (2 * between[c])));
    const s = Math.sqrt(range / r2[c]);
    const total = a.outputs[c] * s;
    if (!(total <= MAX_FACTOR && total >= 1 / MAX_FACTOR)) continue;
    a.outputs[c] = total;
    for (let k = 0; k < spread; k++) b.inputs[c * spread + k] *= s;
    change = Math.max(change, Math.abs(Math.log(s)));
  }
  return change;
}

/**
 * Equalizes all pairs in turn until the factors settle.
 * @param tops how high the channels between a pair's layers go; absent where that does not count
 * @returns the rounds that it took
 */
export function equalizeAll(
  pairs: readonly Pair[],
  balances: ReadonlyMap<Layer, Balance>,
  rounds: number,
  tops: ReadonlyMap<Pair, Float64Array> = new Map(),
): number {
  for (let round = 1; round <= rounds; round++) {
    const change = pairs.reduce((most, pair) => Math.max(most, equalizePair(pair, balances, tops.get(pair))), 0);
    if (change < SETTLED) return round;
  }
  return rounds;
}
