import type { Method } from '../types.ts';
import { quantizeStatic } from './apply.ts';
import type { QuantizeStaticOptions } from './options.ts';
import { quantizeStaticSpec } from './spec.ts';

export const quantizeStaticMethod: Method<QuantizeStaticOptions> = { ...quantizeStaticSpec, apply: quantizeStatic };
