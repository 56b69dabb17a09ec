import type { Method } from '../types.ts';
import { toFloat16 } from './apply.ts';
import type { Float16Options } from './options.ts';
import { float16Spec } from './spec.ts';

export const float16Method: Method<Float16Options> = { ...float16Spec, apply: toFloat16 };
