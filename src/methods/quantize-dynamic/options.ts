import * as v from 'valibot';

/** The operators that the reference quantizes dynamically: onnxruntime/quantization/registry.py, `IntegerOpsRegistry`. */
export const DYNAMIC_OPS = [
  'Conv',
  'MatMul',
  'Attention',
  'LSTM',
  'Gather',
  'Transpose',
  'EmbedLayerNormalization',
] as const;
export const WEIGHT_TYPES = ['auto', 'QInt8', 'QUInt8'] as const;

const names = v.array(v.string());

/**
 * Options of `quantize-dynamic`, every default filled in. Names and defaults are those of onnxruntime.quantization's
 * `quantize_dynamic` and its extra_options, but for `weightType`.
 */
export const quantizeDynamicSchema = v.strictObject({
  method: v.literal('quantize-dynamic'),
  /**
   * The reference's default is QInt8. `auto` is QUInt8 for a model with Conv, GroupQueryAttention or MultiHeadAttention, else
   * QInt8: ConvInteger with int8 weights runs on ONNX Runtime 1.30 and not on older ones.
   */
  weightType: v.optional(v.picklist(WEIGHT_TYPES), 'auto'),
  /** A scale per column of MatMul and Attention, per row of LSTM. Conv has one per tensor always. */
  perChannel: v.optional(v.boolean(), false),
  /** 7-bit weights, which do not saturate on x86 without VNNI. */
  reduceRange: v.optional(v.boolean(), false),
  opTypesToQuantize: v.optional(v.array(v.picklist(DYNAMIC_OPS)), [...DYNAMIC_OPS]),
  /** By node name; empty means all. Gemm `n` is named `n_MatMul` here, since it becomes MatMul and Add first. */
  nodesToQuantize: v.optional(names, []),
  nodesToExclude: v.optional(names, []),
  /** Only MatMuls whose second input is constant. */
  matMulConstBOnly: v.optional(v.boolean(), true),
  /** Bodies of If, Loop and Scan too. */
  enableSubgraph: v.optional(v.boolean(), false),
  /** Signed types are symmetric unless this says otherwise. */
  weightSymmetric: v.optional(v.boolean()),
  /** Of constants that are quantized as activations: Gather's tables. */
  activationSymmetric: v.optional(v.boolean(), false),
  /** Transpose of a float constant too. */
  forceQuantizeNoInputCheck: v.optional(v.boolean(), false),
  /** Ranges narrower than this are widened to it. */
  minimumRealRange: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** By tensor name: `skip` leaves every node that reads it as it is. */
  layers: v.optional(v.record(v.string(), v.strictObject({ skip: v.optional(v.boolean()) })), {}),
});

export type QuantizeDynamicOptions = v.InferOutput<typeof quantizeDynamicSchema>;
