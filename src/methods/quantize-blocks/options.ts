import * as v from 'valibot';

export const BITS = [2, 4, 8] as const;
export const BLOCK_SIZES = [16, 32, 64, 128, 256] as const;
export const ALGORITHMS = ['DEFAULT', 'RTN', 'k_quant', 'HQQ'] as const;
export const QUANT_FORMATS = ['QOperator', 'QDQ'] as const;
export const BLOCK_OPS = ['MatMul', 'Gather'] as const;

const names = v.array(v.string());
const blockSize = v.picklist(BLOCK_SIZES);

/** A node's own settings, for RTN and k_quant. */
const custom = v.strictObject({
  bits: v.optional(v.picklist([4, 8] as const), 4),
  groupSize: v.optional(blockSize),
  scheme: v.optional(v.picklist(['sym', 'asym'] as const)),
});

/**
 * Options of `quantize-blocks`, every default filled in. Names and defaults are those of onnxruntime.quantization's
 * `MatMulNBitsQuantizer`.
 */
export const quantizeBlocksSchema = v.pipe(
  v.strictObject({
    method: v.literal('quantize-blocks'),
    /** RTN and k_quant use 4 whatever this says, but for nodes that `customizedWeightConfig` names. */
    bits: v.optional(v.picklist(BITS), 4),
    /** Elements that share a scale, along the dimension that MatMul sums over. */
    blockSize: v.optional(blockSize, 128),
    isSymmetric: v.optional(v.boolean(), false),
    /** What MatMulNBits computes in: 0 its own choice, 1 float32, 2 float16, 3 bfloat16, 4 int8. */
    accuracyLevel: v.optional(v.picklist([0, 1, 2, 3, 4] as const), 0),
    nodesToExclude: v.optional(names, []),
    nodesToInclude: v.optional(names, []),
    /** `QOperator` MatMulNBits; `QDQ` DequantizeLinear and MatMul, opset 21, 4 bits. */
    quantFormat: v.optional(v.picklist(QUANT_FORMATS), 'QOperator'),
    opTypesToQuantize: v.optional(v.array(v.picklist(BLOCK_OPS)), ['MatMul']),
    /** The axis along which Gather's table is cut into blocks. */
    quantAxes: v.optional(v.strictObject({ Gather: v.optional(v.pipe(v.number(), v.integer()), 1) }), {}),
    /** QDQ: one block per column. */
    channelWisedQuantize: v.optional(v.boolean(), false),
    /**
     * `DEFAULT` rounds to nearest as ONNX Runtime's compiled kernels do; `RTN` and `k_quant` as Intel Neural Compressor's;
     * `HQQ` half-quadratic quantization (Badri and Shaji 2023).
     */
    algorithm: v.optional(v.picklist(ALGORITHMS), 'DEFAULT'),
    /** By node name; RTN and k_quant only. */
    customizedWeightConfig: v.optional(v.record(v.string(), custom), {}),
    /** By tensor name: `skip` leaves every node that reads it as it is. */
    layers: v.optional(v.record(v.string(), v.strictObject({ skip: v.optional(v.boolean()) })), {}),
  }),
  v.forward(
    v.check((o) => !(o.quantFormat === 'QDQ' && o.bits === 2), 'expected 4 bits for QDQ'),
    ['bits'],
  ),
  v.forward(
    v.check(
      (o) => !(o.quantFormat === 'QDQ' && o.opTypesToQuantize.includes('Gather')),
      'expected QOperator for Gather',
    ),
    ['quantFormat'],
  ),
);

export type QuantizeBlocksOptions = v.InferOutput<typeof quantizeBlocksSchema>;
