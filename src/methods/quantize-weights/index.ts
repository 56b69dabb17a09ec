import type { Method } from '../types.ts';
import { quantizeWeights } from './apply.ts';
import type { QuantizeWeightsOptions } from './options.ts';
import { quantizeWeightsSpec } from './spec.ts';

export const quantizeWeightsMethod: Method<QuantizeWeightsOptions> = { ...quantizeWeightsSpec, apply: quantizeWeights };
