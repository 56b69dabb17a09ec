import type { MethodSpec } from '../types.ts';
import { forecastPruneWeights } from './forecast.ts';
import { type PruneWeightsOptions, pruneWeightsSchema } from './options.ts';

export const pruneWeightsSpec: MethodSpec<PruneWeightsOptions> = {
  name: 'prune-weights',
  schema: pruneWeightsSchema,
  forecast: forecastPruneWeights,
};
