import type { Method } from '../types.ts';
import { factorize } from './apply.ts';
import type { FactorizeOptions } from './options.ts';
import { factorizeSpec } from './spec.ts';

export const factorizeMethod: Method<FactorizeOptions> = { ...factorizeSpec, apply: factorize };
