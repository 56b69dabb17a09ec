import { PareError } from '../../base/errors.ts';
import { type Model, opsetOf } from '../../onnx/model.ts';
import { raiseOpset } from '../../onnx/opset/raise.ts';
import { calibrate } from '../calibrate/calibrate.ts';
import { calibratedTensors } from '../calibrate/tensors.ts';
import type { Calibration, CalibrationOptions } from '../calibrate/types.ts';
import { QUANT } from '../ort/arithmetic.ts';
import { Work } from '../ort/work.ts';
import type { MethodContext } from '../types.ts';
import { correctBiases } from './correction.ts';
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
 * @throws PareError `recipe/not-applicable` without data, or when types, opset and format do not go together
 */
export async function quantizeStatic(model: Model, options: QuantizeStaticOptions, ctx: MethodContext): Promise<Model> {
  const prepared = prepare(model, options);
  const tensors = calibratedTensors(prepared, new Set(options.opTypesToQuantize));
  const calibration = await calibrate(prepared, tensors, ctx.data, calibrationOptions(options), ctx);
  return quantizeWith(prepared, rangesOf(calibration, options), options, ctx);
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
  if (wide && opset < 21) return raiseOpset(model, 21);
  return opset < 10 ? raiseOpset(model, 11) : model;
}

/** Quantizes with the given ranges. @param model as `prepare` gives it */
export async function quantizeWith(
  model: Model,
  ranges: ReadonlyMap<string, CalibratedRange>,
  options: QuantizeStaticOptions,
  ctx: MethodContext,
): Promise<Model> {
  let scope = scopeOf(model, ranges, options, ctx);
  let corrected = model;
  if (options.biasCorrection && !options.exact && ctx.data) {
    corrected = await correctBiases(model, scope, ctx);
    scope = scopeOf(corrected, ranges, options, ctx);
  }
  return options.quantFormat === 'QDQ' ? quantizeQDQ(corrected, scope) : quantizeQOperator(corrected, scope);
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
    (name) => wiring.readerCount(name),
  );
  scope.parameters = activationParameters(ranges, options);
  return scope;
}
