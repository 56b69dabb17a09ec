import type { Method } from '../types.ts';
import { equalize } from './apply.ts';
import { type EqualizeOptions, equalizeSchema } from './options.ts';

export const equalizeMethod: Method<EqualizeOptions> = {
  name: 'equalize',
  schema: equalizeSchema,
  apply: equalize,
};
