import type { Method } from '../types.ts';
import { simplify } from './apply.ts';
import { type SimplifyOptions, simplifySchema } from './options.ts';

export const simplifyMethod: Method<SimplifyOptions> = {
  name: 'simplify',
  schema: simplifySchema,
  apply: simplify,
};
