import { checkCancelled } from '../../base/progress.ts';
import type { Model } from '../../onnx/model.ts';
import type { Session } from '../../runtime/types.ts';
import type { Inputs, MethodContext } from '../types.ts';
import { pruneChannels } from './apply.ts';
import { channelPlan } from './describe.ts';
import type { PruneChannelsOptions } from './options.ts';

/** A model cut to a share of its MACs, and how long it took on this device. */
export interface LatencyPoint {
  /** Of the model as it was, 0…1. */
  macs: number;
  /** Median, in ms. */
  ms: number;
}

/** How much of the MACs goes at each point. */
const REDUCTIONS = [0, 0.25, 0.5, 0.75];
/** Counted runs of each model, after those that only warm up. */
const RUNS = 15;
const WARM_UP = 3;

/**
 * How latency follows MACs on this device: the model is cut uniformly to a few sizes and each is timed, in turns, so that a
 * machine that slows down slows all. Which channels go does not matter to time, so that no data is needed.
 * @param inputs one sample of the model's inputs
 * @throws PareError those of the runtime
 */
export async function measureLatencies(
  model: Model,
  options: PruneChannelsOptions,
  inputs: Inputs,
  ctx: MethodContext,
): Promise<LatencyPoint[]> {
  const before = channelPlan(model).total.macs;
  const points: LatencyPoint[] = [];
  const sessions: Session[] = [];
  try {
    for (const reduction of REDUCTIONS) {
      const cut = await pruneChannels(
        model,
        { ...options, target: 'macs', importance: 'l1', ranking: 'uniform', correction: 'none', layers: {}, reduction },
        { ...ctx, report: () => {}, note: () => {} },
      );
      const { macs } = channelPlan(cut).total;
      points.push({ macs: before ? macs / before : 1, ms: 0 });
      sessions.push(await ctx.openSession(cut));
    }
    const times: number[][] = sessions.map(() => []);
    for (let run = -WARM_UP; run < RUNS; run++) {
      checkCancelled(ctx.signal);
      ctx.onProgress?.({ phase: 'latency', done: Math.max(run, 0), total: RUNS });
      for (const [i, session] of sessions.entries()) {
        const start = performance.now();
        await session.run(inputs);
        if (run >= 0) times[i].push(performance.now() - start);
      }
    }
    return points.map(({ macs }, i) => ({ macs, ms: median(times[i]) }));
  } finally {
    for (const session of sessions) await session.release();
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
