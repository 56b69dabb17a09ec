import type { Method } from '../types.ts';
import { simplify } from './apply.ts';
import type { SimplifyOptions } from './options.ts';
import { simplifySpec } from './spec.ts';

export const simplifyMethod: Method<SimplifyOptions> = { ...simplifySpec, apply: simplify };
