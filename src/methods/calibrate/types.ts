import type { Histogram } from './histogram.ts';
import type { Range } from './thresholds.ts';

/** The reference's own four (`CalibrationMethod`), and the ranges of least squared error. */
export const CALIBRATE_METHODS = ['MinMax', 'Entropy', 'Percentile', 'Distribution', 'MSE'] as const;
export type CalibrateMethod = (typeof CALIBRATE_METHODS)[number];

export interface CalibrationOptions {
  readonly method: CalibrateMethod;
  /**
   * Bins of the histogram. The reference's defaults are 128 for Entropy, where the one candidate is the whole range, so that
   * it equals MinMax; 2048 for the others. Pare's default is 2048 for all.
   */
  readonly bins: number;
  /** Entropy only: bins that stand for the quantized levels. */
  readonly quantizedBins: number;
  /** Percentile only: 0 … 100. */
  readonly percentile: number;
  /** MinMax: ranges become −a … a. Percentile: of magnitudes, which is the reference's default. MSE: for symmetric integers. */
  readonly symmetric: boolean;
  /** MinMax only: means instead of extremes; without `stride` the plain mean over the batches. */
  readonly movingAverage: boolean;
  /** Weight of a newer collection in the moving average. */
  readonly averagingConstant: number;
  /** Batches that are taken together and merged into what came before; 0 takes all together. */
  readonly stride: number;
  /** MSE only: of the integers. */
  readonly bits: number;
  /** Also keep the histogram that the page draws. */
  readonly histograms: boolean;
}

export const CALIBRATION_DEFAULTS: CalibrationOptions = {
  method: 'MinMax',
  bins: 2048,
  quantizedBins: 128,
  percentile: 99.999,
  symmetric: false,
  movingAverage: false,
  averagingConstant: 0.01,
  stride: 0,
  bits: 8,
  histograms: false,
};

/** What the data did in one tensor. */
export interface TensorCalibration {
  /** FLOAT or FLOAT16, in which all arithmetic on ranges is done. */
  readonly dataType: number;
  /** Extremes over all batches. */
  readonly min: number;
  readonly max: number;
  /** What the chosen method makes of them. */
  readonly range: Range;
  /** Over min … max, for the page and for MSE. */
  readonly histogram?: Histogram;
  /** Exact zeros in the histogram, as a Relu makes them: quantizing keeps them. */
  readonly zeros?: number;
  /** What the method itself looked at: −t … t, or magnitudes. */
  readonly searched?: Histogram;
}

/** Ranges of a model's activations. Structured-cloneable. */
export interface Calibration {
  readonly method: CalibrateMethod;
  readonly samples: number;
  readonly tensors: ReadonlyMap<string, TensorCalibration>;
}
