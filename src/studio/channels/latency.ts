import type { LatencyPoint } from '../../methods/prune-channels/latency.ts';

/** The time at a share of the MACs, between the points that were measured; at the nearest of them beyond. In ms. */
export function latencyAt(points: readonly LatencyPoint[], macs: number): number {
  const sorted = [...points].sort((a, b) => a.macs - b.macs);
  const at = sorted.findIndex((p) => p.macs >= macs);
  if (at < 0) return sorted[sorted.length - 1].ms;
  if (at === 0) return sorted[0].ms;
  const [a, b] = [sorted[at - 1], sorted[at]];
  return a.ms + ((b.ms - a.ms) * (macs - a.macs)) / (b.macs - a.macs);
}
