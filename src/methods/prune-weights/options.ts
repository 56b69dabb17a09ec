import * as v from 'valibot';

/**
 * By what a weight w is judged. L is the loss of one sample (`importance/loss.ts`), and means are over samples.
 * - `magnitude`: |w| (Han et al. 2015, "Learning both Weights and Connections").
 * - `gradient`: mean of (∂L/∂w)², the diagonal of the Fisher information (Theis et al. 2018, "Faster gaze prediction", eq. 9).
 * - `taylor`: |w·∂L/∂w|, what the loss changes by to first order without w (Molchanov et al. 2017, "Pruning Convolutional Neural
 *   Networks for Resource Efficient Inference", eq. 8), of which the quadratic mean is taken: √ of the mean of (w·∂L/∂w)². Its order is that
 *   of w² times the Fisher information, Optimal Brain Damage's saliency (Theis et al. 2018, eq. 8), and pruned better than the mean.
 * - `wanda`: |w|·‖x‖₂ with the input that w multiplies, over all samples and positions (Sun et al. 2023, "A Simple and Effective
 *   Pruning Approach for Large Language Models", eq. 1).
 *
 * A weight that is zero already matters nothing, whatever its gradient.
 */
export const IMPORTANCES = ['magnitude', 'gradient', 'taylor', 'wanda'] as const;
export type Importance = (typeof IMPORTANCES)[number];
/** `output` takes the same share of the weights of every output channel, as Wanda compares. */
export const SCOPES = ['global', 'layer', 'output'] as const;
export const PATTERNS = ['unstructured', '2:4', '4:8'] as const;
export const SPARSITY = { min: 0, max: 1, default: 0.5 } as const;
/** Samples that importance is measured on. */
export const SAMPLES = { min: 1, max: 1e6, default: 128 } as const;
/** Times that importance is measured anew on the way to the sparsity. */
export const ROUNDS = { min: 1, max: 100 } as const;
/** By default in rounds where a gradient judges, which knows small changes only (`npm run bench -- importance`); else at once. */
export const roundsFor = (importance: Importance) => (importance === 'gradient' || importance === 'taylor' ? 10 : 1);
/** Largest group of an N:M pattern. */
export const MAX_GROUP = 64;

const sparsity = v.pipe(v.number(), v.finite(), v.minValue(SPARSITY.min), v.maxValue(SPARSITY.max));
const threshold = v.pipe(v.number(), v.finite(), v.minValue(0));

const one = 'expected either a sparsity or a threshold';
const layer = v.pipe(
  v.strictObject({ sparsity: v.optional(sparsity), threshold: v.optional(threshold), skip: v.optional(v.boolean()) }),
  v.check((o) => o.sparsity === undefined || o.threshold === undefined, one),
);

const group = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_GROUP));
const pattern = v.union([
  v.picklist(PATTERNS),
  v.pipe(
    v.strictObject({ n: group, m: group }),
    v.check((p) => p.n <= p.m, 'expected n to be at most m'),
  ),
]);

/** Options of `prune-weights`, every default filled in. */
export const pruneWeightsSchema = v.pipe(
  v.strictObject({
    method: v.literal('prune-weights'),
    importance: v.optional(v.picklist(IMPORTANCES), 'magnitude'),
    /**
     * `global` compares the weights of all layers with each other, `layer` and `output` take the same share of each layer or output
     * channel. `output` by default for `wanda`, whose numbers are only comparable there; `global` for the others.
     */
    scope: v.optional(v.picklist(SCOPES)),
    /** Samples that importance is measured on, spread evenly over the data. */
    samples: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(SAMPLES.min), v.maxValue(SAMPLES.max)),
      SAMPLES.default,
    ),
    /**
     * Importance is measured again after each round, on what is left, and every round leaves the same share of it (de Jorge et al. 2021,
     * "Progressive Skeletonization", §4): at high sparsity the weights that stay matter otherwise than before. Only on the way to a
     * sparsity. 10 by default for `gradient` and `taylor`.
     */
    rounds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(ROUNDS.min), v.maxValue(ROUNDS.max))),
    /** Share of the weights that become zero; 0.5 when neither it nor a threshold is given. */
    sparsity: v.optional(sparsity),
    /** Weights of smaller magnitude, or less importance, become zero. */
    threshold: v.optional(threshold),
    /** `2:4` keeps the 2 most important of each 4 consecutive weights along the dimension that a layer sums over. */
    pattern: v.optional(pattern, 'unstructured'),
    /** Smaller weights are left alone. */
    minElements: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
    /** By tensor name: a sparsity or threshold of its own, which takes the layer out of the global comparison. */
    layers: v.optional(v.record(v.string(), layer), {}),
  }),
  v.forward(
    v.check((o) => o.sparsity === undefined || o.threshold === undefined, one),
    ['threshold'],
  ),
  v.forward(
    v.check(
      (o) => o.pattern === 'unstructured' || (o.sparsity === undefined && o.threshold === undefined),
      'expected no sparsity and no threshold beside an N:M pattern, which sets its own',
    ),
    ['pattern'],
  ),
  v.forward(
    v.check(
      (o) =>
        o.pattern === 'unstructured' ||
        Object.values(o.layers).every((l) => l.sparsity === undefined && l.threshold === undefined),
      'expected layers only to be skipped beside an N:M pattern',
    ),
    ['layers'],
  ),
  v.transform(({ scope, rounds, ...o }) => {
    const open = o.pattern === 'unstructured' && o.sparsity === undefined && o.threshold === undefined;
    const compared: (typeof SCOPES)[number] = scope ?? (o.importance === 'wanda' ? 'output' : 'global');
    return {
      ...o,
      scope: compared,
      rounds: rounds ?? roundsFor(o.importance),
      ...(open && { sparsity: SPARSITY.default }),
    };
  }),
);

export type PruneWeightsOptions = v.InferOutput<typeof pruneWeightsSchema>;

/** An N:M pattern as numbers; undefined for unstructured. */
export function groupOf(pattern: PruneWeightsOptions['pattern']): { n: number; m: number } | undefined {
  if (pattern === 'unstructured') return undefined;
  if (typeof pattern === 'object') return pattern;
  const [n, m] = pattern.split(':').map(Number);
  return { n, m };
}
