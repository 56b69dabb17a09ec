import type { Method } from '../types.ts';
import { quantizeDynamic } from './apply.ts';
import { forecastQuantizeDynamic } from './forecast.ts';
import { type QuantizeDynamicOptions, quantizeDynamicSchema } from './options.ts';

export const quantizeDynamicMethod: Method<QuantizeDynamicOptions> = {
  name: 'quantize-dynamic',
  schema: quantizeDynamicSchema,
  apply: quantizeDynamic,
  forecast: forecastQuantizeDynamic,
};
