import type { MethodSpec } from '../types.ts';
import { type PruneChannelsOptions, pruneChannelsSchema } from './options.ts';

export const pruneChannelsSpec: MethodSpec<PruneChannelsOptions> = {
  name: 'prune-channels',
  schema: pruneChannelsSchema,
};
