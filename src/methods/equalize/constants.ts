import { readFloats } from '../../onnx/tensor.ts';
import type { Balance } from './balance.ts';
import { inputAt, type Layer, sumOver } from './layers.ts';
import type { Pair } from './pairs.ts';

/** Weights below this share of the layer's median channel are less than a float32 sum of such channels is rounded by. */
const NEGLIGIBLE = 2 ** -24;

function median(values: Float64Array): number {
  return values.slice().sort()[values.length >> 1];
}

/**
 * Finds output channels that are one value whatever comes in, since all that they weigh is nothing or is such a channel of the
 * layer before. Training with BatchNormalization leaves them behind, often with the largest weights of the next layer's tensor,
 * which multiply zeros: those are dropped, and what they add goes into the bias. @returns how many channels were found
 */
export async function settleConstants(pairs: readonly Pair[], balances: ReadonlyMap<Layer, Balance>): Promise<number> {
  const second = new Map(pairs.map((pair) => [pair.second, pair]));
  let found = 0;
  // Layers come in the order of the graph, so that each one's inputs are settled before it.
  for (const balance of balances.values()) {
    const pair = second.get(balance.layer);
    if (pair) await takeConstants(pair, balances.get(pair.first)!, balance);
    found += findConstants(balance);
  }
  return found;
}

async function takeConstants({ spread, shifts, second, through }: Pair, before: Balance, after: Balance) {
  const values = Float64Array.from(after.inputs, (_, i) => through(before.constant[Math.floor(i / spread)]));
  // With padding, a value other than zero is not the same at the border.
  const dropped = values.map((x) => (x === 0 || (shifts && !Number.isNaN(x)) ? 1 : 0));
  if (!dropped.includes(1)) return;
  const given = values.map((x, i) => (dropped[i] ? x : 0));
  if (given.some((x) => x !== 0)) {
    const sums = sumOver(second, await readFloats(second.weight), given);
    for (let o = 0; o < sums.length; o++) after.bias[o] += sums[o];
    after.moved = true;
  }
  for (let i = 0; i < dropped.length; i++) if (dropped[i]) after.inputs[i] = 0;
  for (let o = 0; o < second.outputs; o++) {
    for (let s = 0; s < second.perOutput; s++) {
      if (dropped[inputAt(second, o, s)]) after.largest[o * second.perOutput + s] = 0;
    }
  }
}

function findConstants({ layer, largest, bias, constant }: Balance): number {
  const { outputs, perOutput } = layer;
  const ranges = Float64Array.from({ length: outputs }, (_, o) => {
    let most = 0;
    for (let s = 0; s < perOutput; s++) most = Math.max(most, largest[o * perOutput + s]);
    return most;
  });
  const limit = NEGLIGIBLE * median(ranges);
  let found = 0;
  for (let o = 0; o < outputs; o++) {
    if (ranges[o] > limit) continue;
    constant[o] = bias[o];
    largest.fill(0, o * perOutput, (o + 1) * perOutput);
    found++;
  }
  return found;
}
