import type { Analysis } from './groups.ts';

/** Where a part of an axis would be left with nothing, its best channel stays after all. Changes `gone`; gives how many stay for it. */
export function enforceRemainders({ tracker, channelOf }: Analysis, gone: Uint8Array, scores: Float64Array): number {
  const { labels } = tracker;
  let count = 0;
  const axes = [...tracker.pieces, ...labels.origins.map((o) => tracker.axis(o.tensor, o.axis)!)];
  for (const axis of axes) {
    let best = -1;
    let empty = true;
    for (const id of axis) {
      const channel = channelOf.get(labels.find(id));
      if (channel === undefined || !gone[channel]) {
        empty = false;
        break;
      }
      if (best < 0 || scores[channel] > scores[best]) best = channel;
    }
    if (!empty || best < 0) continue;
    gone[best] = 0;
    count++;
  }
  return count;
}
