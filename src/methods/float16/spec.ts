import type { MethodSpec } from '../types.ts';
import { forecastFloat16 } from './forecast.ts';
import { type Float16Options, float16Schema } from './options.ts';

export const float16Spec: MethodSpec<Float16Options> = {
  name: 'float16',
  schema: float16Schema,
  forecast: forecastFloat16,
};
