import * as v from 'valibot';

/** Widths that a weight may have. 16 is float16, to which scheme, granularity and range mean nothing. */
export const BITS = [1, 2, 3, 4, 5, 6, 7, 8, 16] as const;
export const SCHEMES = ['symmetric', 'asymmetric', 'codebook', 'article'] as const;
export const GRANULARITIES = ['tensor', 'channel', 'block'] as const;
export const RANGES = ['minmax', 'mse'] as const;
export const ENCODINGS = ['auto', 'native', 'packed'] as const;
export const DECODES = ['load', 'run'] as const;
export const BLOCK_SIZE = { min: 16, max: 256, default: 32 } as const;
/**
 * Smaller weights stay float by default: the nodes that unpack one take about as many bytes in the file as a thousand
 * floats could save.
 */
export const MIN_ELEMENTS = { min: 0, max: 2 ** 31, default: 1024 } as const;

const whole = ({ min, max }: { min: number; max: number }) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));

const perLayer = {
  bits: v.picklist(BITS),
  scheme: v.picklist(SCHEMES),
  granularity: v.picklist(GRANULARITIES),
  blockSize: whole(BLOCK_SIZE),
  range: v.picklist(RANGES),
};

const layer = v.strictObject({ ...v.partial(v.strictObject(perLayer)).entries, skip: v.optional(v.boolean()) });

/** Options of `quantize-weights`, every default filled in. Names are the ONNX Runtime quantizer's where it has one. */
export const quantizeWeightsSchema = v.pipe(
  v.strictObject({
    method: v.literal('quantize-weights'),
    bits: v.optional(perLayer.bits, 8),
    /**
     * `symmetric` ±absmax; `asymmetric` min…max with a zero point; `codebook` the k-means levels; `article` 2^bits steps
     * from min to max.
     */
    scheme: v.optional(perLayer.scheme, 'symmetric'),
    /** What shares a scale or a codebook. A codebook has no blocks: a table per block would outweigh it. */
    granularity: v.optional(perLayer.granularity, 'channel'),
    /** Elements per block, along the dimension that a layer sums over. */
    blockSize: v.optional(perLayer.blockSize, BLOCK_SIZE.default),
    /** `minmax` covers every value; `mse` clips where that makes the squared error least. */
    range: v.optional(perLayer.range, 'minmax'),
    /** `native` int4 and int2 (opset 21 and 25), `packed` uint8 and shifts, `auto` native where the model's opset has it. */
    encoding: v.optional(v.picklist(ENCODINGS), 'auto'),
    /**
     * When a runtime makes floats of the integers: once, when it `load`s the model, and then at the float model's speed; or
     * at each `run`, by DequantizeLinear, which takes less memory and can use integer kernels, and is slower where there are none.
     */
    decode: v.optional(v.picklist(DECODES), 'load'),
    minElements: v.optional(whole(MIN_ELEMENTS), MIN_ELEMENTS.default),
    /** By tensor name. A layer named here is quantized whatever its size. */
    layers: v.optional(v.record(v.string(), layer), {}),
  }),
  v.forward(
    v.check(
      (o) => !(o.scheme === 'codebook' && o.granularity === 'block'),
      'expected tensor or channel for a codebook',
    ),
    ['granularity'],
  ),
);

export type QuantizeWeightsOptions = v.InferOutput<typeof quantizeWeightsSchema>;
export type LayerOptions = v.InferOutput<typeof layer>;
