import * as v from 'valibot';
import { CALIBRATE_METHODS } from '../calibrate/types.ts';
import { QUANT_TYPES } from '../ort/arithmetic.ts';
import { STATIC_OPS } from './registry.ts';

export const QUANT_FORMATS = ['QDQ', 'QOperator'] as const;
export const ACTIVATION_TYPES = ['QUInt8', 'QInt8', 'QUInt16', 'QInt16'] as const;
export const BINS = { min: 8, max: 1 << 16, default: 2048 } as const;

const names = v.array(v.string());
const finite = v.pipe(v.number(), v.finite());
const natural = v.pipe(v.number(), v.integer(), v.minValue(0));

/** How one tensor is quantized instead. A scale and a zero point, given together, are taken as they are. */
const quantities = {
  quantType: v.optional(v.picklist(QUANT_TYPES)),
  scale: v.optional(v.pipe(finite, v.minValue(Number.MIN_VALUE))),
  zeroPoint: v.optional(v.pipe(v.number(), v.integer())),
  rmin: v.optional(finite),
  rmax: v.optional(finite),
  symmetric: v.optional(v.boolean()),
  reduceRange: v.optional(v.boolean()),
};
const override = v.strictObject({
  ...quantities,
  /** Of a weight: per channel along it, one entry for each channel that differs. */
  axis: v.optional(v.pipe(v.number(), v.integer())),
  /** Another type for some readers of an activation (all by default): mixed precision. */
  convert: v.optional(v.strictObject({ ...quantities, recvNodes: v.optional(names) })),
});
export type Override = v.InferOutput<typeof override>;
export type Quantities = Omit<Override, 'axis' | 'convert'>;

/**
 * Options of `quantize-static`, every default filled in. Names are those of onnxruntime.quantization's `quantize_static` and
 * of its extra_options.
 */
export const quantizeStaticSchema = v.strictObject({
  method: v.literal('quantize-static'),
  quantFormat: v.optional(v.picklist(QUANT_FORMATS), 'QDQ'),
  /** The reference's default is QInt8; its documentation asks for QUInt8 on x86, and ONNX Runtime on the web is faster so. */
  activationType: v.optional(v.picklist(ACTIVATION_TYPES), 'QUInt8'),
  weightType: v.optional(v.picklist(QUANT_TYPES), 'QInt8'),
  /** A scale per output channel. The reference's default is false. */
  perChannel: v.optional(v.boolean(), true),
  /** 7-bit weights, which do not saturate on x86 without VNNI. */
  reduceRange: v.optional(v.boolean(), false),
  opTypesToQuantize: v.optional(v.array(v.string()), [...STATIC_OPS]),
  /** By node name; empty means all. */
  nodesToQuantize: v.optional(names, []),
  nodesToExclude: v.optional(names, []),

  /** At most this many samples, spread evenly over the data; 0 takes all. */
  calibSamples: v.optional(natural, 0),
  /** MSE, ranges of least squared error, is Pare's own. */
  calibrateMethod: v.optional(v.picklist(CALIBRATE_METHODS), 'MinMax'),
  /** The reference has 128 for Entropy, which makes it equal to MinMax, and 2048 for the others. */
  calibBins: v.optional(v.pipe(v.number(), v.integer(), v.minValue(BINS.min), v.maxValue(BINS.max)), BINS.default),
  calibQuantizedBins: v.optional(v.pipe(v.number(), v.integer(), v.minValue(BINS.min), v.maxValue(BINS.max)), 128),
  calibPercentile: v.optional(v.pipe(v.number(), v.minValue(50), v.maxValue(100)), 99.999),
  /** The reference's default is false, but true for Percentile. */
  calibTensorRangeSymmetric: v.optional(v.boolean()),
  calibMovingAverage: v.optional(v.boolean(), false),
  calibMovingAverageConstant: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.01),
  /** Batches that are merged at a time; 0 takes all together. */
  calibStridedMinMax: v.optional(natural, 0),
  /** By tensor: a range chosen by hand, as by dragging a clip. */
  ranges: v.optional(
    v.record(
      v.string(),
      v.pipe(
        v.tuple([finite, finite]),
        v.check(([low, high]) => low <= high, 'expected the low end first'),
      ),
    ),
    {},
  ),

  activationSymmetric: v.optional(v.boolean(), false),
  /** Signed types are symmetric unless this says otherwise; per channel all are. */
  weightSymmetric: v.optional(v.boolean()),
  quantizeBias: v.optional(v.boolean(), true),
  addQDQPairToWeight: v.optional(v.boolean(), false),
  dedicatedQDQPair: v.optional(v.boolean(), false),
  forceQuantizeNoInputCheck: v.optional(v.boolean(), false),
  opTypesToExcludeOutputQuantization: v.optional(names, []),
  /** Ranges narrower than this are widened to it. */
  minimumRealRange: v.optional(v.pipe(v.number(), v.minValue(0))),
  qdqKeepRemovableActivations: v.optional(v.boolean(), false),
  qdqDisableWeightAdjustForInt32Bias: v.optional(v.boolean(), false),
  tensorQuantOverrides: v.optional(v.record(v.string(), v.pipe(v.array(override), v.minLength(1))), {}),
  /** QOperator only: MatMuls whose second input is computed stay float. */
  matMulConstBOnly: v.optional(v.boolean(), false),
  useQDQContribOps: v.optional(v.boolean(), false),
  /** uint8 activations have their zero point at an end or in the middle. */
  activationRestrictedAsymmetric: v.optional(v.boolean(), false),
  /** Weights in blocks along the axis, which needs opset 21; 0 for none. */
  blockSize: v.optional(natural, 0),
  qdqOpTypePerChannelSupportToAxis: v.optional(v.record(v.string(), v.pipe(v.number(), v.integer())), {}),
  /** QOperator only: Sigmoid's output has scale 1/256, as NNAPI asks (`extra.Sigmoid.nnapi`). */
  sigmoidNnapi: v.optional(v.boolean(), false),

  /**
   * Take off what quantizing adds to the mean of each layer's output, as measured on the data (Nagel et al. 2019, §4.2). The
   * reference has nothing like it; with `exact` it is off.
   */
  biasCorrection: v.optional(v.boolean(), true),
  /** Just what the reference does, where that is a trap too. */
  exact: v.optional(v.boolean(), false),
  /** By tensor name: `skip` leaves every node that reads it as it is. */
  layers: v.optional(v.record(v.string(), v.strictObject({ skip: v.optional(v.boolean()) })), {}),
});

export type QuantizeStaticOptions = v.InferOutput<typeof quantizeStaticSchema>;
