import * as v from 'valibot';

export const CORRECTIONS = ['none', 'analytic', 'data'] as const;
export const CLIPS = ['channel', 'relu', 'skip'] as const;
export const GRANULARITIES = ['tensor', 'channel'] as const;
export const WEIGHT_BITS = { min: 2, max: 16, default: 8 } as const;
export const ROUNDS = { min: 0, max: 100, default: 20 } as const;

/** Options of `equalize`, every default filled in. */
export const equalizeSchema = v.strictObject({
  method: v.literal('equalize'),
  /** Rounds over all pairs of layers; fewer are made when nothing changes any more, and none at 0. */
  rounds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(ROUNDS.min), v.maxValue(ROUNDS.max)), ROUNDS.default),
  /**
   * What becomes of a Clip from 0 to a bound (ReLU6) between two layers: `channel` gives each channel the bound that its factor
   * asks for, by a Min behind the Clip, and changes nothing; `relu` drops the bound, as the paper has it, which changes what
   * was above it; `skip` leaves such layers alone.
   */
  clip: v.optional(v.picklist(CLIPS), 'channel'),
  /** The factors also keep apart what the layers pass on, since that is rounded too: by the statistics that biases are absorbed by. */
  activations: v.optional(v.boolean(), true),
  /** High biases move to the next layer: by the statistics of BatchNormalization, or of the data where that was folded before. */
  absorbBias: v.optional(v.boolean(), false),
  /**
   * Takes off the mean error that rounding the weights will add: `analytic` from the same statistics, `data` by running both
   * models side by side. For a step behind this one that corrects no biases itself.
   */
  biasCorrection: v.optional(v.picklist(CORRECTIONS), 'none'),
  /** How the weights will be rounded, symmetrically: what the correction is for. */
  weightBits: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(WEIGHT_BITS.min), v.maxValue(WEIGHT_BITS.max)),
    WEIGHT_BITS.default,
  ),
  granularity: v.optional(v.picklist(GRANULARITIES), 'tensor'),
});

export type EqualizeOptions = v.InferOutput<typeof equalizeSchema>;
