import type { MethodSpec } from '../types.ts';
import { forecastQuantizeBlocks } from './forecast.ts';
import { type QuantizeBlocksOptions, quantizeBlocksSchema } from './options.ts';

export const quantizeBlocksSpec: MethodSpec<QuantizeBlocksOptions> = {
  name: 'quantize-blocks',
  schema: quantizeBlocksSchema,
  forecast: forecastQuantizeBlocks,
};
