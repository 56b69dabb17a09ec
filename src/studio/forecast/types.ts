import type { LayerPlan, MethodName } from '../../methods/types.ts';
import type { Recipe } from '../../recipe/schema.ts';

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
  /** Of the layers that the picture of the whole model is about. */
  drawn: DrawnForecast;
  /** Of one layer. */
  of(id: string): LayerForecast | undefined;
}

/** Sums over layers. */
export interface DrawnForecast {
  /** Whether the recipe changes any of them. */
  changed: boolean;
  bytes: number;
  /** Weights, and how many of them will be zero; NaN when that is not known before the run. */
  count: number;
  zeros: number;
  /** In dB, their signals and noises added up; NaN as above. */
  sqnr: number;
}

/** The plans of the layers, found by id. */
export interface Plans {
  get(id: string): LayerPlan | undefined;
  values(): Iterable<LayerPlan>;
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
  /** The recipe that this is of. */
  recipe?: Recipe;
  /** Undefined without a model, and when a step's effect cannot be foretold. */
  forecast?: Forecast;
  plans: Plans;
  /** Of every layer, once the recipe rests and all is evaluated: what tables show. Kept from the last rest while sliders move. */
  settled?: ReadonlyMap<string, LayerForecast>;
  /** The step from which on nothing can be foretold. */
  unknownFrom?: { step: number; method: MethodName };
  /** Σ over all layers, kept up to date while no layer is picked. */
  whole?: WholeHistogram;
}
