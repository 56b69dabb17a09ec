import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';

type Layers = PruneChannelsOptions['layers'];

/** The overrides with a group keeping so many channels, or left to the ranking again. */
export function withKept(layers: Layers, id: string, keep: number | undefined): Layers {
  const { [id]: _, ...others } = layers;
  return keep === undefined ? others : { ...others, [id]: { keep: Math.round(keep) } };
}
