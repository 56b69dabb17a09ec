import type { Method } from '../types.ts';
import { quantizeWeights } from './apply.ts';
import { forecastQuantizeWeights } from './forecast.ts';
import { type QuantizeWeightsOptions, quantizeWeightsSchema } from './options.ts';

export const quantizeWeightsMethod: Method<QuantizeWeightsOptions> = {
  name: 'quantize-weights',
  schema: quantizeWeightsSchema,
  apply: quantizeWeights,
  forecast: forecastQuantizeWeights,
};
