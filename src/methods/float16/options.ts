import * as v from 'valibot';

/** The operators kept in float32: onnxruntime/transformers/float16.py, DEFAULT_OP_BLOCK_LIST. */
export const DEFAULT_OP_BLOCK_LIST: readonly string[] = [
  'ArrayFeatureExtractor',
  'Binarizer',
  'CastMap',
  'CategoryMapper',
  'DictVectorizer',
  'FeatureVectorizer',
  'Imputer',
  'LabelEncoder',
  'LinearClassifier',
  'LinearRegressor',
  'Normalizer',
  'OneHotEncoder',
  'RandomUniformLike',
  'SVMClassifier',
  'SVMRegressor',
  'Scaler',
  'TreeEnsembleClassifier',
  'TreeEnsembleRegressor',
  'TreeEnsemble',
  'ZipMap',
  'NonMaxSuppression',
  'TopK',
  'RoiAlign',
  'Range',
  'CumSum',
  'Min',
  'Max',
  'Upsample',
];

/** The smallest number that does not become zero, and the largest that does not become infinity. */
export const MIN_POSITIVE = 5.96e-8;
export const MAX_FINITE = 65504;

const names = v.array(v.string());
const positive = (low: number, high: number) => v.pipe(v.number(), v.minValue(low), v.maxValue(high));

/**
 * Options of `float16`, every default filled in. Names and defaults are those of onnxruntime.transformers.float16's
 * `convert_float_to_float16`.
 */
export const float16Schema = v.strictObject({
  method: v.literal('float16'),
  /** `float16` converts the whole graph; `bfloat16` only how weights are stored, and a Cast widens them. */
  dtype: v.optional(v.picklist(['float16', 'bfloat16'] as const), 'float16'),
  /** Whether inputs and outputs stay float32: all, none, or those named. */
  keepIoTypes: v.optional(v.union([v.boolean(), names]), false),
  opBlockList: v.optional(names, [...DEFAULT_OP_BLOCK_LIST]),
  nodeBlockList: v.optional(names, []),
  /** Smaller numbers but zero become this one. */
  minPositiveVal: v.optional(positive(MIN_POSITIVE, 1), MIN_POSITIVE),
  /** Larger finite numbers become this one. */
  maxFiniteVal: v.optional(positive(1, MAX_FINITE), MAX_FINITE),
  /** Weights that only float32 nodes read, too. */
  forceFp16Initializers: v.optional(v.boolean(), false),
  /** By operator: inputs that are made float16 although the operator asks for float32 (Resize, GroupNorm, SkipGroupNorm). */
  forceFp16Inputs: v.optional(v.record(v.string(), v.array(v.pipe(v.number(), v.integer(), v.minValue(0)))), {}),
  /** Types are taken only from what the file states. */
  disableShapeInfer: v.optional(v.boolean(), false),
  useBfloat16AsBlockedNodesDtype: v.optional(v.boolean(), false),
  /**
   * Exactly what the reference writes, also where that is a model that does not load: one Cast per reader all under one
   * name, Casts of a body's nodes in the main graph, value_float constants and blocked nodes' own weights left alone.
   */
  referenceTraps: v.optional(v.boolean(), false),
  /** By tensor name: nodes that read a weight with `skip` stay in float32. */
  layers: v.optional(v.record(v.string(), v.strictObject({ skip: v.optional(v.boolean()) })), {}),
});

export type Float16Options = v.InferOutput<typeof float16Schema>;
