import type { Method } from '../types.ts';
import { distill } from './apply.ts';
import type { DistillOptions } from './options.ts';
import { distillSpec } from './spec.ts';

export const distillMethod: Method<DistillOptions> = { ...distillSpec, apply: distill };
