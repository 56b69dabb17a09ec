import type { MethodSpec } from '../types.ts';
import { forecastQuantizeStatic } from './forecast.ts';
import { type QuantizeStaticOptions, quantizeStaticSchema } from './options.ts';

export const quantizeStaticSpec: MethodSpec<QuantizeStaticOptions> = {
  name: 'quantize-static',
  schema: quantizeStaticSchema,
  forecast: forecastQuantizeStatic,
};
