import { halvesToFloats } from '../onnx/float.ts';
import { makeBatches } from './batches.ts';
import type { Batch, InputSpec, Preprocess, Samples } from './types.ts';

/** A picture of what a model sees of one sample. */
export interface Preview {
  width: number;
  height: number;
  /** Opaque RGBA: the smallest number of the sample black, the largest white. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
  /** The numbers that black and white stand for. */
  min: number;
  max: number;
  /** Mean over the sample. */
  mean: number;
}

/**
 * What the model sees of sample `index`, to be painted. Channels are shown in natural colours also where the model takes BGR; vectors
 * become a square where they are one, else a strip.
 * @throws as `makeBatches` and its `read` do
 */
export async function previewSample(
  samples: Samples,
  spec: InputSpec,
  preprocess: Preprocess,
  index: number,
): Promise<Preview> {
  const { geometry, read } = makeBatches(samples, { ...spec, dims: [null, ...spec.dims.slice(1)] }, preprocess);
  const values = numbers(await read([index]));
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const v of values) {
    min = Math.min(min, v);
    max = Math.max(max, v);
    sum += v;
  }
  const { width, height, at } = frame(geometry, preprocess);
  const rgba = new Uint8ClampedArray(width * height * 4);
  const range = max - min;
  for (let p = 0; p < width * height; p++) {
    for (let c = 0; c < 3; c++) rgba[p * 4 + c] = range > 0 ? ((values[at(p, c)] - min) / range) * 255 : 128;
    rgba[p * 4 + 3] = 255;
  }
  return { width, height, rgba, min, max, mean: sum / values.length };
}

/** Where in the row the colour `c` (0 red) of pixel `p` is. */
function frame(geometry: ReturnType<typeof makeBatches>['geometry'], preprocess: Preprocess) {
  const { image, dims } = geometry;
  if (!image) {
    const n = dims.reduce((a, d) => a * d, 1);
    const side = Math.sqrt(n);
    const width = dims.length === 2 ? dims[1] : Number.isInteger(side) ? side : n;
    return { width, height: n / width, at: (p: number) => p };
  }
  const { width, height, channels, layout } = image;
  const channel = (c: number) => (channels < 3 ? 0 : preprocess.color === 'bgr' ? 2 - c : c);
  return {
    width,
    height,
    at: (p: number, c: number) => (layout === 'NCHW' ? channel(c) * width * height + p : p * channels + channel(c)),
  };
}

function numbers(batch: Batch): ArrayLike<number> & Iterable<number> {
  if (batch.dtype === 'float16') return halvesToFloats(batch.data as Uint16Array<ArrayBuffer>);
  if (batch.data instanceof BigInt64Array || batch.data instanceof BigUint64Array)
    return Float64Array.from(batch.data, Number);
  return batch.data;
}
