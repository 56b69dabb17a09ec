import type { Method } from '../types.ts';
import { pruneChannels } from './apply.ts';
import { type PruneChannelsOptions, pruneChannelsSchema } from './options.ts';

export const pruneChannelsMethod: Method<PruneChannelsOptions> = {
  name: 'prune-channels',
  schema: pruneChannelsSchema,
  apply: pruneChannels,
};
