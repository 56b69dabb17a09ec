import * as v from 'valibot';

/** By what a weight is judged. Magnitude: |w| (Han et al. 2015, "Learning both Weights and Connections"). */
export const IMPORTANCES = ['magnitude'] as const;
export const SCOPES = ['global', 'layer'] as const;
export const PATTERNS = ['unstructured', '2:4', '4:8'] as const;
export const SPARSITY = { min: 0, max: 1, default: 0.5 } as const;
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
    /** `global` compares the weights of all layers with each other, `layer` takes the same share of each. */
    scope: v.optional(v.picklist(SCOPES), 'global'),
    /** Share of the weights that become zero; 0.5 when neither it nor a threshold is given. */
    sparsity: v.optional(sparsity),
    /** Weights of smaller magnitude become zero. */
    threshold: v.optional(threshold),
    /** `2:4` keeps the 2 largest of each 4 consecutive weights along the dimension that a layer sums over. */
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
  v.transform((o) => {
    const open = o.pattern === 'unstructured' && o.sparsity === undefined && o.threshold === undefined;
    return open ? { ...o, sparsity: SPARSITY.default } : o;
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
