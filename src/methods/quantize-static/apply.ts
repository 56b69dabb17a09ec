import { PareError } from '../../base/errors.ts';
import { type Model, mainGraph, opsetOf } from '../../onnx/model.ts';
import { raiseOpset } from '../../onnx/opset/raise.ts';
import { DataType } from '../../onnx/proto.ts';
import { isFloatTensor } from '../../onnx/tensor.ts';
import { isCompressible, listWeights } from '../../onnx/weights.ts';
import { calibrate } from '../calibrate/calibrate.ts';
import { limitSamples } from '../calibrate/limit.ts';
import { calibratedTensors } from '../calibrate/tensors.ts';
import type { Calibration, CalibrationOptions } from '../calibrate/types.ts';
import { QUANT } from '../ort/arithmetic.ts';
import { Work } from '../ort/work.ts';
import type { CalibrationData, MethodContext } from '../types.ts';
import { activationsOf } from './activations.ts';
import { correctBiases } from './correction.ts';
import { foldGemms } from './gemm.ts';
import type { QuantizeStaticOptions } from './options.ts';
import { activationParameters, adjustRanges, type CalibratedRange, typesOf } from './parameters.ts';
import { quantizeQDQ } from './qdq/quantize.ts';
import { quantizeQOperator } from './qoperator/quantize.ts';
import { Scope } from './scope.ts';

/** What `quantize-static` asks of the calibration. */
export function calibrationOptions(options: QuantizeStaticOptions): CalibrationOptions {
  const { calibrateMethod: method, calibTensorRangeSymmetric: symmetric } = options;
  return {
    method,
    bins: options.calibBins,
    quantizedBins: options.calibQuantizedBins,
    percentile: options.calibPercentile,
    // Only magnitudes are counted for Percentile by default, as in the reference.
    symmetric: symmetric ?? (method === 'MSE' ? options.activationSymmetric : method === 'Percentile'),
    movingAverage: options.calibMovingAverage,
    averagingConstant: options.calibMovingAverageConstant,
    stride: options.calibStridedMinMax,
    bits: QUANT[options.activationType].bits,
    histograms: false,
  };
}

/** Ranges by the options' own hand over the calibrated ones, in the dtype of each tensor. */
export function rangesOf(calibration: Calibration, { ranges }: QuantizeStaticOptions): Map<string, CalibratedRange> {
  const out = new Map<string, CalibratedRange>();
  for (const [name, { dataType, range }] of calibration.tensors)
    out.set(name, { dataType, range: ranges[name] ?? range });
  return out;
}

/**
 * Static quantization as onnxruntime.quantization's `quantize_static`: ranges of the activations from the data, then QDQ or
 * QOperator. Weights are read once for their ranges, and again when the result is written.
 * @throws PareError `data/missing`, and `recipe/not-applicable` when types, opset and format do not go together
 */
export async function quantizeStatic(model: Model, options: QuantizeStaticOptions, ctx: MethodContext): Promise<Model> {
  const prepared = prepare(model, options);
  const calibration = await calibrated(model, prepared, options, ctx);
  const ranges = rangesOf(calibration, options);
  const scope = scopeOf(prepared, ranges, options, ctx);
  const quantized = await quantizeScope(prepared, scope, ranges, options, ctx);
  ctx.calibrated?.({
    step: ctx.step,
    activations: activationsOf(calibration, scope.ranges, options, prepared, quantized),
  });
  return quantized;
}

/** Calibrations by the model they are of, for as long as it lives: a clip that is dragged calibrates nothing anew. */
const known = new WeakMap<Model, { key: string; calibration: Calibration }>();

async function calibrated(
  model: Model,
  prepared: Model,
  options: QuantizeStaticOptions,
  ctx: MethodContext,
): Promise<Calibration> {
  const data = samplesOf(options, ctx);
  const asked = { ...calibrationOptions(options), histograms: ctx.calibrated !== undefined };
  const { opTypesToQuantize, exact } = options;
  const key = JSON.stringify([asked, opTypesToQuantize, exact, opsetOf(prepared), data?.id]);
  const last = known.get(model);
  if (last?.key === key) return last.calibration;
  const tensors = calibratedTensors(prepared, new Set(opTypesToQuantize));
  const calibration = await calibrate(prepared, tensors, data, asked, ctx);
  known.set(model, { key, calibration });
  return calibration;
}

/** The model with what the options need: opset 21 for 16 bits and blocks. @throws PareError for what does not go together */
export function prepare(model: Model, options: QuantizeStaticOptions): Model {
  const opset = opsetOf(model);
  const types = [...typesOf(options)];
  if (options.activationType === 'QInt8' && options.weightType === 'QUInt8') {
    throw new PareError('recipe/not-applicable', 'Signed activations with unsigned weights run on no kernel.', {
      hint: 'Choose QUInt8 activations or QInt8 weights.',
    });
  }
  if (options.quantFormat === 'QOperator' && types.some((t) => QUANT[t].bits !== 8)) {
    throw new PareError('recipe/not-applicable', 'The QOperator format knows 8-bit integers only.', {
      hint: 'Choose the QDQ format.',
    });
  }
  const wide = types.some((t) => QUANT[t].bits === 16) || options.blockSize > 0;
  if (options.exact) return wide && opset < 21 ? raiseOpset(model, 21) : opset < 10 ? raiseOpset(model, 11) : model;
  const half = usesHalf(model);
  if (half && options.quantFormat === 'QOperator') {
    throw new PareError('recipe/not-applicable', 'The operators of the QOperator format take no float16.', {
      hint: 'Choose the QDQ format, or quantize the float32 model.',
    });
  }
  return raiseOpset(foldGemms(model), opsetNeeded(options, wide, half));
}

/**
 * The opset whose QuantizeLinear takes what the options ask for: 16 bits and blocks 21, float16 19, a scale per channel 13. The
 * reference writes some models that lack it and do not load.
 */
function opsetNeeded({ perChannel, quantFormat }: QuantizeStaticOptions, wide: boolean, half: boolean): number {
  if (wide) return 21;
  if (half) return 19;
  return perChannel && quantFormat === 'QDQ' ? 13 : 11;
}

function usesHalf(model: Model): boolean {
  return mainGraph(model).initializer.some((t) => t.dataType === DataType.FLOAT16);
}

/** Quantizes with the given ranges. @param model as `prepare` gives it */
export function quantizeWith(
  model: Model,
  ranges: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
  ctx: MethodContext,
): Promise<Model> {
  return quantizeScope(model, scopeOf(model, ranges, options, ctx), ranges, options, ctx);
}

async function quantizeScope(
  model: Model,
  float: Scope,
  ranges: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
  ctx: MethodContext,
): Promise<Model> {
  let scope = float;
  let corrected = model;
  const data = samplesOf(options, ctx);
  if (options.biasCorrection && !options.exact && data) {
    corrected = await correctBiases(model, scope, data, ctx);
    scope = scopeOf(corrected, ranges, options, ctx);
  }
  const quantized = await (options.quantFormat === 'QDQ' ? quantizeQDQ : quantizeQOperator)(corrected, scope);
  if (!options.addQDQPairToWeight) noteFloats(quantized, ctx);
  return quantized;
}

/** The samples that this step looks at. */
function samplesOf({ calibSamples }: QuantizeStaticOptions, { data }: MethodContext): CalibrationData | undefined {
  return data && limitSamples(data, calibSamples);
}

/** Says which weights of layers are still floats: no rule knows their operator, or the options left it out. */
function noteFloats(quantized: Model, ctx: MethodContext): void {
  for (const weight of listWeights(quantized.proto)) {
    if (!isCompressible(weight) || !isFloatTensor(weight.tensor)) continue;
    const { op, node } = weight.uses[0];
    ctx.note({ step: ctx.step, key: 'left-float-operator', values: { tensor: weight.id, op, node } });
  }
}

function scopeOf(
  model: Model,
  calibrated: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
  ctx: MethodContext,
): Scope {
  const scope = new Scope(model, options, new Work(model.proto, ctx, options.layers));
  const ranges = new Map(calibrated);
  const { wiring } = scope;
  adjustRanges(
    ranges,
    wiring.list(),
    (n) => scope.shouldQuantize(n),
    // Whoever takes an output of the graph reads it too, which the reference does not count: all below zero would be lost to them.
    (name) => wiring.readerCount(name) + (!options.exact && wiring.isGraphOutput(name) ? 1 : 0),
  );
  scope.ranges = ranges;
  scope.parameters = activationParameters(ranges, options);
  return scope;
}
