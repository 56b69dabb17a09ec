import { useEffect, useState } from 'react';
import type { RankedChannels } from '../../../workers/contract.ts';
import { PareError, type PareErrorData } from '../../base/errors.ts';
import type { LatencyPoint } from '../../methods/prune-channels/latency.ts';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import { askSoon } from '../bridge/asking.ts';
import { useStudio } from '../state/store.ts';

export interface Channels {
  ranked?: RankedChannels;
  fault?: PareErrorData;
  latencies?: readonly LatencyPoint[];
  measuring: boolean;
  measure: () => void;
}

/** What can be cut at a step of the recipe, and which channels would go first; anew when something changes that decides it. */
export function useChannels(index: number, step: PruneChannelsOptions): Channels {
  const recipe = useStudio((s) => s.recipe);
  const data = useStudio((s) => s.data);
  const rankChannels = useStudio((s) => s.rankChannels);
  const channelLatencies = useStudio((s) => s.channelLatencies);
  const [ranked, setRanked] = useState<RankedChannels>();
  const [fault, setFault] = useState<PareErrorData>();
  const [latencies, setLatencies] = useState<{ key: string; points: LatencyPoint[] }>();
  const [measuring, setMeasuring] = useState(false);

  // What the answer depends on: the steps before, and how channels are judged. How many go is the page's own arithmetic.
  const before = JSON.stringify(recipe.steps.slice(0, index));
  const key = JSON.stringify([recipe.seed, before, step.importance, step.target, step.correction]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says what of the recipe matters; other data asks anew
  useEffect(
    () =>
      askSoon(
        (task) => rankChannels(index, task),
        (found) => {
          setRanked(found);
          setFault(undefined);
        },
        setFault,
      ),
    [key, index, data, rankChannels],
  );

  const measure = async () => {
    setMeasuring(true);
    try {
      const points = await channelLatencies(index);
      setLatencies({ key: before, points });
    } catch (error) {
      setFault(PareError.from(error).toJSON());
    } finally {
      setMeasuring(false);
    }
  };
  return { ranked, fault, measuring, measure, ...(latencies?.key === before && { latencies: latencies.points }) };
}
