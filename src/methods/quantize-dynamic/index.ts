import type { Method } from '../types.ts';
import { quantizeDynamic } from './apply.ts';
import type { QuantizeDynamicOptions } from './options.ts';
import { quantizeDynamicSpec } from './spec.ts';

export const quantizeDynamicMethod: Method<QuantizeDynamicOptions> = { ...quantizeDynamicSpec, apply: quantizeDynamic };
