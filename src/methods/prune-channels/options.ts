import * as v from 'valibot';

/**
 * By what a channel is judged. `l1`, `l2`: the size of the weights that make it (Li et al. 2017, arXiv 1608.08710). `batch-norm`: the
 * scale behind it (Liu et al. 2017, 1708.06519). `geometric-median`: how far it is from the others of its layer (He et al. 2019,
 * 1811.00250). `taylor`: how much the loss feels it (Molchanov et al. 2019, 1906.10771). `activation`: how much it adds to the layers
 * that take it, on data.
 */
export const IMPORTANCES = ['l1', 'l2', 'batch-norm', 'geometric-median', 'taylor', 'activation'] as const;
export const RANKINGS = ['global', 'uniform'] as const;
export const TARGETS = ['macs', 'parameters', 'bytes', 'channels'] as const;
export const MULTIPLES = [1, 4, 8, 16] as const;
export const CORRECTIONS = ['least-squares', 'none'] as const;
export const REDUCTION = { min: 0, max: 0.99, default: 0.3 } as const;
export const MIN_KEPT = { min: 0, max: 1, default: 0.1 } as const;
/** More channels than this are in no layer. */
const MAX_CHANNELS = 2 ** 20;

const group = v.pipe(
  v.strictObject({
    /** Keeps all channels of the group. */
    skip: v.optional(v.boolean()),
    /** How many channels the group keeps, or heads, or whatever goes one by one. */
    keep: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_CHANNELS))),
  }),
  v.check((o) => !o.skip || o.keep === undefined, 'expected either to skip or to keep a number'),
);

/** Options of `prune-channels`, every default filled in. */
export const pruneChannelsSchema = v.strictObject({
  method: v.literal('prune-channels'),
  /** What is to become less by `reduction`. */
  target: v.optional(v.picklist(TARGETS), 'macs'),
  /** The share that goes. */
  reduction: v.optional(
    v.pipe(v.number(), v.finite(), v.minValue(REDUCTION.min), v.maxValue(REDUCTION.max)),
    REDUCTION.default,
  ),
  importance: v.optional(v.picklist(IMPORTANCES), 'l2'),
  /** `global` compares the channels of all groups with each other, `uniform` takes the same share of each. */
  ranking: v.optional(v.picklist(RANKINGS), 'global'),
  /** Layers keep a multiple of this many channels, as far as they have as many. */
  multiple: v.optional(v.picklist(MULTIPLES), 1),
  /** Each group keeps at least this share of its channels. */
  minKept: v.optional(
    v.pipe(v.number(), v.finite(), v.minValue(MIN_KEPT.min), v.maxValue(MIN_KEPT.max)),
    MIN_KEPT.default,
  ),
  /** Whether the layers that took the channels make up for them, as far as data shows how. */
  correction: v.optional(v.picklist(CORRECTIONS), 'least-squares'),
  /** By group, which is named after the first weight that makes its channels. */
  layers: v.optional(v.record(v.string(), group), {}),
});

export type PruneChannelsOptions = v.InferOutput<typeof pruneChannelsSchema>;
