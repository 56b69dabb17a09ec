import * as v from 'valibot';

/** How a convolution is cut in two; matrices have one way only. */
export const SCHEMES = ['channel', 'spatial'] as const;
export type Scheme = (typeof SCHEMES)[number];
export const RANK = { min: 0, max: 1, default: 0.25 } as const;
export const ENERGY = { min: 0, max: 1, default: 0.9 } as const;
export const MIN_ELEMENTS = { min: 0, max: 1e9, default: 1024 } as const;

const share = v.pipe(v.number(), v.finite(), v.minValue(RANK.min), v.maxValue(RANK.max));
const one = 'expected either a rank or an energy';

const layer = v.pipe(
  v.strictObject({
    rank: v.optional(share),
    energy: v.optional(share),
    scheme: v.optional(v.picklist(SCHEMES)),
    skip: v.optional(v.boolean()),
  }),
  v.check((o) => o.rank === undefined || o.energy === undefined, one),
);

/** Options of `factorize`, every default filled in. */
export const factorizeSchema = v.pipe(
  v.strictObject({
    method: v.literal('factorize'),
    /** Share of the full rank that is kept, at least 1; 0.25 when neither it nor an energy is given. */
    rank: v.optional(share),
    /** The least rank that keeps this share of the squares of the singular values, each layer by its own. */
    energy: v.optional(share),
    /**
     * `channel`: the kernel to fewer channels, then 1×1 (Zhang et al. 2015, "Accelerating Very Deep Convolutional Networks", §3.1).
     * `spatial`: k×1, then 1×k (Jaderberg et al. 2014, "Speeding up Convolutional Neural Networks with Low Rank Expansions", scheme 2);
     * convolutions that are not 2-D are cut by channel all the same.
     */
    scheme: v.optional(v.picklist(SCHEMES), 'channel'),
    /** Smaller weights are left alone. */
    minElements: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(MIN_ELEMENTS.min), v.maxValue(MIN_ELEMENTS.max)),
      MIN_ELEMENTS.default,
    ),
    /** By tensor name. */
    layers: v.optional(v.record(v.string(), layer), {}),
  }),
  v.forward(
    v.check((o) => o.rank === undefined || o.energy === undefined, one),
    ['energy'],
  ),
  v.transform((o) => (o.rank === undefined && o.energy === undefined ? { ...o, rank: RANK.default } : o)),
);

export type FactorizeOptions = v.InferOutput<typeof factorizeSchema>;
export type LayerOptions = FactorizeOptions['layers'][string];
