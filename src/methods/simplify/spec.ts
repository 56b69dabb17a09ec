import type { MethodSpec } from '../types.ts';
import { type SimplifyOptions, simplifySchema } from './options.ts';

export const simplifySpec: MethodSpec<SimplifyOptions> = {
  name: 'simplify',
  schema: simplifySchema,
};
