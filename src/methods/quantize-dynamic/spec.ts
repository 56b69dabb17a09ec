import type { MethodSpec } from '../types.ts';
import { forecastQuantizeDynamic } from './forecast.ts';
import { type QuantizeDynamicOptions, quantizeDynamicSchema } from './options.ts';

export const quantizeDynamicSpec: MethodSpec<QuantizeDynamicOptions> = {
  name: 'quantize-dynamic',
  schema: quantizeDynamicSchema,
  forecast: forecastQuantizeDynamic,
};
