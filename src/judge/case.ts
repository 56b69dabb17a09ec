import { PareError } from '../base/errors.ts';
import { type FeedReader, makeFeeds } from '../datasets/batches.ts';
import type { Dataset, InputSpec, Preprocess, TensorType } from '../datasets/types.ts';
import type { ModelInfo, ValueSummary } from '../onnx/info.ts';
import type { Case } from './judge.ts';
import type { Evidence } from './types.ts';

const DTYPES: Readonly<Record<string, TensorType>> = Object.fromEntries(
  (
    [
      'float32',
      'float64',
      'float16',
      'uint8',
      'int8',
      'uint16',
      'int16',
      'uint32',
      'int32',
      'uint64',
      'int64',
      'bool',
    ] as const
  ).map((d) => [d, d]),
);

const freeDims = (v: ValueSummary) => (v.dims ?? [null]).map((d) => (typeof d === 'number' ? d : null));

/**
 * A model's inputs as the datasets room asks for them; named dims are free.
 * @throws PareError `model/unsupported` for inputs that no data can be made for (sequences, strings)
 */
export function inputSpecs(info: ModelInfo): InputSpec[] {
  return info.inputs.map((input) => {
    const dtype = DTYPES[input.dtype];
    if (input.kind !== 'tensor' || !dtype) {
      throw new PareError(
        'model/unsupported',
        `Input "${input.name}" is a ${input.kind} of ${input.dtype || 'unknown type'}; Pare cannot feed it.`,
        {
          where: input.name,
          hint: 'The model can be compressed all the same; only judging needs input.',
        },
      );
    }
    return { name: input.name, dtype, dims: freeDims(input) };
  });
}

/** Dims of the first output, free ones null. */
export function firstOutputDims(info: ModelInfo): (number | null)[] {
  return info.outputs[0] ? freeDims(info.outputs[0]) : [];
}

/** What a dataset can say about a model. */
export function evidenceOf(dataset: Dataset): Evidence {
  if (dataset.kind === 'random') return 'synthetic';
  if (dataset.labels) return 'labels';
  return dataset.targets ? 'targets' : 'unlabelled';
}

/** At most `limit` of `count` samples, spread evenly, so that a sorted dataset still gives every class. */
export function spread(count: number, limit = count): Int32Array<ArrayBuffer> {
  const n = Math.min(count, limit);
  return Int32Array.from({ length: n }, (_, i) => Math.floor((i * count) / n));
}

/**
 * A dataset and a model as a case for the judge.
 * @throws PareError `data/shape-mismatch` when the data cannot become the model's input
 */
export function makeCase(
  dataset: Dataset,
  info: ModelInfo,
  preprocess: Preprocess,
  open: Case['open'],
  limit?: number,
): Case {
  const feeds: FeedReader = makeFeeds(dataset, inputSpecs(info), preprocess);
  return {
    open,
    feeds,
    indices: spread(dataset.count, limit),
    evidence: evidenceOf(dataset),
    ...(dataset.labels && { labels: dataset.labels }),
    ...(dataset.targets && { targets: { values: dataset.targets, width: dataset.targets.length / dataset.count } }),
    ...(dataset.classes && { classes: dataset.classes }),
  };
}
