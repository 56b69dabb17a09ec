import type { Method } from '../types.ts';
import { toFloat16 } from './apply.ts';
import { forecastFloat16 } from './forecast.ts';
import { type Float16Options, float16Schema } from './options.ts';

export const float16Method: Method<Float16Options> = {
  name: 'float16',
  schema: float16Schema,
  apply: toFloat16,
  forecast: forecastFloat16,
};
