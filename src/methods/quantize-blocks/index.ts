import type { Method } from '../types.ts';
import { quantizeBlocks } from './apply.ts';
import type { QuantizeBlocksOptions } from './options.ts';
import { quantizeBlocksSpec } from './spec.ts';

export const quantizeBlocksMethod: Method<QuantizeBlocksOptions> = { ...quantizeBlocksSpec, apply: quantizeBlocks };
