import type { Method } from '../types.ts';
import { pruneChannels } from './apply.ts';
import type { PruneChannelsOptions } from './options.ts';
import { pruneChannelsSpec } from './spec.ts';

export const pruneChannelsMethod: Method<PruneChannelsOptions> = { ...pruneChannelsSpec, apply: pruneChannels };
