import type { MethodSpec } from '../types.ts';
import { forecastQuantizeWeights } from './forecast.ts';
import { type QuantizeWeightsOptions, quantizeWeightsSchema } from './options.ts';

export const quantizeWeightsSpec: MethodSpec<QuantizeWeightsOptions> = {
  name: 'quantize-weights',
  schema: quantizeWeightsSchema,
  forecast: forecastQuantizeWeights,
};
