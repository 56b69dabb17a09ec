import type { Method } from '../types.ts';
import { quantizeStatic } from './apply.ts';
import { forecastQuantizeStatic } from './forecast.ts';
import { type QuantizeStaticOptions, quantizeStaticSchema } from './options.ts';

export const quantizeStaticMethod: Method<QuantizeStaticOptions> = {
  name: 'quantize-static',
  schema: quantizeStaticSchema,
  apply: quantizeStatic,
  forecast: forecastQuantizeStatic,
};
