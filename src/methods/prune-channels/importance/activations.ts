import { DataType } from '../../../onnx/proto.ts';
import { dimsOf, readFloats } from '../../../onnx/tensor.ts';
import { INSIDE, withOutputs } from '../../calibrate/augment.ts';
import type { MethodContext } from '../../types.ts';
import { BATCH, sampleCount, someBatches } from '../data.ts';
import type { Analysis } from '../groups.ts';
import type { Layer } from '../tracker.ts';

/** Sums over all data of what a layer is given, channel by channel. */
interface Sums {
  count: number;
  readonly sum: Float64Array;
  readonly square: Float64Array;
}

function add(sums: Sums, x: Float32Array, dims: readonly number[], channels: number): void {
  const axis = channels < 0 ? channels + dims.length : channels;
  const length = dims[axis];
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  let c = 0;
  for (let at = 0; at < x.length; at += inner) {
    for (let i = at; i < at + inner; i++) {
      sums.sum[c] += x[i];
      sums.square[c] += x[i] * x[i];
    }
    c = c + 1 === length ? 0 : c + 1;
  }
  sums.count += x.length / length;
}

/** Σ w² of each input channel of a layer. */
async function inputNorms({ weight, inAxis, inLabels }: Layer, analysis: Analysis): Promise<Float64Array | undefined> {
  const tensor = analysis.work.constant(analysis.tracker.main, weight);
  if (!tensor || !inLabels) return undefined;
  const dims = dimsOf(tensor);
  const inner = dims.slice(inAxis + 1).reduce((a, b) => a * b, 1);
  const w = await readFloats(tensor);
  const norms = new Float64Array(dims[inAxis]);
  for (let i = 0; i < w.length; i++) norms[Math.floor(i / inner) % dims[inAxis]] += w[i] * w[i];
  return norms;
}

/**
 * Importance by what a channel adds to the layers that take it: Σ w² of its weights there, times its variance (with a correction
 * that shifts biases a constant is no loss) or its mean square, as a share of the whole layer's; the sum over the layers. The
 * channel-wise relative of Sun et al. 2024 (arXiv 2306.11695).
 * @throws PareError `data/missing`
 */
export async function byActivations(analysis: Analysis, centred: boolean, ctx: MethodContext): Promise<Float64Array> {
  const { tracker, channelOf, model } = analysis;
  const { labels } = tracker;
  const free = (layer: Layer) => layer.inLabels?.some((id) => channelOf.has(labels.find(id))) ?? false;
  const layers = tracker.layers.filter(free);
  const all = new Map<string, Sums>();
  const inputs = new Map(layers.map((l) => [l.input, DataType.FLOAT as number]));
  const session = await ctx.openSession(withOutputs(model, inputs), INSIDE);
  try {
    let done = 0;
    for await (const { feeds, count } of someBatches(ctx, BATCH)) {
      const values = await session.run(feeds);
      const seen = new Set<string>();
      for (const { input, channels, inLabels } of layers) {
        if (seen.has(input)) continue;
        seen.add(input);
        const length = inLabels!.length;
        const sums = all.get(input) ?? { count: 0, sum: new Float64Array(length), square: new Float64Array(length) };
        all.set(input, sums);
        add(sums, values[input].data as Float32Array, values[input].dims, channels);
      }
      done += count;
      ctx.onProgress?.({ phase: 'calibrate', done, total: sampleCount(ctx) });
    }
  } finally {
    await session.release();
  }
  const scores = new Float64Array(analysis.roots.length);
  for (const layer of layers) {
    const norms = await inputNorms(layer, analysis);
    const sums = all.get(layer.input);
    if (!norms || !sums) continue;
    const energy = norms.map((w, c) => {
      const mean = sums.sum[c] / sums.count;
      return w * Math.max(0, sums.square[c] / sums.count - (centred ? mean * mean : 0));
    });
    const whole = energy.reduce((a, b) => a + b, 0);
    layer.inLabels!.forEach((id, c) => {
      const channel = channelOf.get(labels.find(id));
      if (channel !== undefined && whole > 0) scores[channel] += (energy[c] * energy.length) / whole;
    });
  }
  return scores;
}
