import type { Method } from '../types.ts';
import { pruneWeights } from './apply.ts';
import type { PruneWeightsOptions } from './options.ts';
import { pruneWeightsSpec } from './spec.ts';

export const pruneWeightsMethod: Method<PruneWeightsOptions> = { ...pruneWeightsSpec, apply: pruneWeights };
