import type { Method } from '../types.ts';
import { pruneWeights } from './apply.ts';
import { forecastPruneWeights } from './forecast.ts';
import { type PruneWeightsOptions, pruneWeightsSchema } from './options.ts';

export const pruneWeightsMethod: Method<PruneWeightsOptions> = {
  name: 'prune-weights',
  schema: pruneWeightsSchema,
  apply: pruneWeights,
  forecast: forecastPruneWeights,
};
