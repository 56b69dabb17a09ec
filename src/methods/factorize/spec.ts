import type { MethodSpec } from '../types.ts';
import { forecastFactorize, isForeseen } from './forecast.ts';
import { type FactorizeOptions, factorizeSchema } from './options.ts';

export const factorizeSpec: MethodSpec<FactorizeOptions> = {
  name: 'factorize',
  schema: factorizeSchema,
  forecast: forecastFactorize,
  isForeseen,
};
