import type { Method } from '../types.ts';
import { equalize } from './apply.ts';
import type { EqualizeOptions } from './options.ts';
import { equalizeSpec } from './spec.ts';

export const equalizeMethod: Method<EqualizeOptions> = { ...equalizeSpec, apply: equalize };
