import type { LayerPlan, MethodName } from '../../methods/types.ts';

/** What a layer will be after the recipe. */
export interface LayerForecast {
  bytes: number;
  /** In dB; Infinity when nothing changes, NaN when it is not known before the run. */
  sqnr: number;
  /** NaN when it is not known before the run. */
  zeros: number;
  /** Only the sum of the zeros over the layers is known. */
  shared?: boolean;
  encoding: string;
}

/** What the recipe as it stands will give. Bytes and encodings are of this very frame; errors of large models may be some frames old. */
export interface Forecast {
  /** Of the file, external data included. */
  total: { bytes: number };
  layers: ReadonlyMap<string, LayerForecast>;
}

/** Counts of the whole model's weights between edges. */
export interface WholeHistogram {
  edges: Float64Array;
  before: Float64Array;
  /** Absent before anything was evaluated. */
  after?: Float64Array;
  /** A few far values would squeeze all others, so that the middle alone is drawn unless all is asked for. */
  farTails: boolean;
}

/** All that is foretold. */
export interface ForecastState {
  /** Undefined without a model, and when a step's effect cannot be foretold. */
  forecast?: Forecast;
  plans: ReadonlyMap<string, LayerPlan>;
  /** The step from which on nothing can be foretold. */
  unknownFrom?: { step: number; method: MethodName };
  /** Σ over all layers, kept up to date while no layer is picked. */
  whole?: WholeHistogram;
}
