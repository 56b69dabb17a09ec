import type { Method } from '../types.ts';
import { distill } from './apply.ts';
import { type DistillOptions, distillSchema } from './options.ts';

export const distillMethod: Method<DistillOptions> = { name: 'distill', schema: distillSchema, apply: distill };
