import { type Scratch, scratch, toDtype } from './convert.ts';
import { mismatch, overLimit } from './fail.ts';
import { type Geometry, planGeometry } from './geometry.ts';
import { MAX_BATCH_ELEMENTS } from './limits.ts';
import { arrayPixels, decodedPixels, modelPixels } from './pixels.ts';
import { perChannel, STORED } from './presets.ts';
import type { AnyPixels } from './resize.ts';
import { product } from './stored.ts';
import type { Batch, Dataset, InputSpec, Preprocess, RawArray, Samples } from './types.ts';

/** Where a model's input tensors come from. */
export interface BatchReader {
  readonly geometry: Geometry;
  /**
   * The input for the samples at `indices`. With a fixed batch dimension there are that many rows, the last sample repeated
   * to fill them, and `rows` says how many are real.
   * @throws RangeError for more indices than a fixed batch holds, or none
   */
  read(indices: ArrayLike<number>): Promise<Batch>;
}

/**
 * Reads batches of `samples` as `spec` wants them: layout, size, colour, scale and dtype.
 * @throws PareError `data/shape-mismatch` when the data cannot be made to fit; from `read` also `data/unreadable`
 */
export function makeBatches(samples: Samples, spec: InputSpec, preprocess: Preprocess): BatchReader {
  const geometry = planGeometry(samples, spec, preprocess);
  const rowSize = product(geometry.dims);
  const channels = geometry.image?.channels ?? geometry.dims.at(-1) ?? 1;
  const mean = perChannel(preprocess.mean, channels, 'the mean', samples.name);
  const std = perChannel(preprocess.std, channels, 'the standard deviation', samples.name);
  const affine = (v: number, c: number) => (v * preprocess.scale - mean[c]) / std[c];

  /** Writes pixels to a row in the model's layout. */
  const writePixels = (pixels: AnyPixels, image: NonNullable<Geometry['image']>, out: Scratch, at: number) => {
    const { data } = modelPixels(pixels, image, preprocess, samples.name);
    const plane = image.height * image.width;
    for (let c = 0; c < channels; c++) {
      const [start, step] = image.layout === 'NCHW' ? [at + c * plane, 1] : [at + c, channels];
      for (let p = 0; p < plane; p++) out[start + p * step] = affine(data[p * channels + c], c);
    }
  };

  const fill = async (indices: ArrayLike<number>, out: Scratch) => {
    const { image } = geometry;
    if (!image?.source && image) {
      // One image at a time: a batch of photographs, decoded together, could take gigabytes.
      for (let i = 0; i < indices.length; i++) {
        const raw = await samples.read([indices[i]]);
        if (raw.kind === 'images') writePixels(decodedPixels(raw.images[0]), image, out, i * rowSize);
      }
      return;
    }
    const raw = await samples.read(indices);
    if (raw.kind !== 'array') throw mismatch(samples.name, 'it gave images where an array was promised.');
    const rawSize = raw.data.length / indices.length;
    for (let i = 0; i < indices.length; i++) {
      const row = raw.data.subarray(i * rawSize, (i + 1) * rawSize) as RawArray;
      if (image?.source) writePixels(arrayPixels(row, image.source), image, out, i * rowSize);
      else for (let k = 0; k < rowSize; k++) out[i * rowSize + k] = affine(row[k], k % channels);
    }
  };

  return {
    geometry,
    async read(indices) {
      const rows = indices.length;
      const batch = geometry.batch ?? rows;
      if (rows === 0 || rows > batch) throw new RangeError(`${rows} samples for a batch of ${batch}`);
      if (batch * rowSize > MAX_BATCH_ELEMENTS) {
        throw overLimit(
          samples.name,
          `a batch of ${batch} would hold ${batch * rowSize} numbers.`,
          'Use a smaller batch.',
        );
      }
      const out = scratch(spec.dtype, batch * rowSize);
      await fill(indices, out);
      for (let i = rows; i < batch; i++) out.copyWithin(i * rowSize, (rows - 1) * rowSize, rows * rowSize);
      const dims = geometry.batchless ? geometry.dims : [batch, ...geometry.dims];
      return { data: toDtype(out, spec.dtype), dtype: spec.dtype, dims, rows };
    },
  };
}

/** All the inputs of a model for the same samples. */
export interface FeedReader {
  /** The batch dimension the model fixes, else `null`. */
  readonly batch: number | null;
  read(indices: ArrayLike<number>): Promise<{ feeds: Record<string, Batch>; rows: number }>;
}

/**
 * Batches for every input of a model. A model with one input takes the dataset itself; with several, `dataset.inputs` has one for each.
 * `preprocess` is for the image-like input (N×C×H×W or N×H×W×C) or the only one; other inputs get their numbers as stored.
 * @throws PareError `data/shape-mismatch` when an input has no data or the inputs' fixed batches differ
 */
export function makeFeeds(dataset: Dataset, specs: readonly InputSpec[], preprocess: Preprocess): FeedReader {
  const readers = specs.map((spec) => {
    const samples = samplesFor(dataset, spec, specs.length);
    const mine = specs.length === 1 || spec.dims.length === 4 ? preprocess : STORED;
    return { name: spec.name, reader: makeBatches(samples, spec, mine) };
  });
  const fixed = [...new Set(readers.map((r) => r.reader.geometry.batch).filter((b) => b !== null))];
  if (fixed.length > 1)
    throw mismatch(dataset.name, `the model's inputs have different batch sizes: ${fixed.join(', ')}.`);
  return {
    batch: fixed[0] ?? null,
    async read(indices) {
      const feeds: Record<string, Batch> = {};
      for (const { name, reader } of readers) feeds[name] = await reader.read(indices);
      return { feeds, rows: indices.length };
    },
  };
}

/** The samples that feed one input. @throws PareError `data/shape-mismatch` when the dataset has none for it */
export function samplesFor(dataset: Dataset, spec: InputSpec, inputCount: number): Samples {
  const own = dataset.inputs && Object.hasOwn(dataset.inputs, spec.name) ? dataset.inputs[spec.name] : undefined;
  if (own) return own;
  if (inputCount === 1) return dataset;
  throw mismatch(
    dataset.name,
    `the model has ${inputCount} inputs, and the data has nothing for ${spec.name}.`,
    'Save an .npz with one array for each input, named as the inputs are.',
  );
}
