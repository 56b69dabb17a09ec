import type { Method } from '../types.ts';
import { quantizeBlocks } from './apply.ts';
import { forecastQuantizeBlocks } from './forecast.ts';
import { type QuantizeBlocksOptions, quantizeBlocksSchema } from './options.ts';

export const quantizeBlocksMethod: Method<QuantizeBlocksOptions> = {
  name: 'quantize-blocks',
  schema: quantizeBlocksSchema,
  apply: quantizeBlocks,
  forecast: forecastQuantizeBlocks,
};
