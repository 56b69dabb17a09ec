import type { MethodSpec } from '../types.ts';
import { type DistillOptions, distillSchema } from './options.ts';

export const distillSpec: MethodSpec<DistillOptions> = { name: 'distill', schema: distillSchema };
