import { checkCancelled, type TaskContext } from '../base/progress.ts';
import type { Session, Value } from '../runtime/types.ts';
import { bootstrapMedian, quantile } from './intervals.ts';
import type { Latency } from './types.ts';

/** Runs of each model that are not counted: the first ones pay for allocation and, on a GPU, for compiling shaders. */
const WARM_UP = 3;

/**
 * Times two models on the same input, in turns, so that a machine that slows down slows both.
 * @param runs counted runs of each; the order within a pair alternates
 */
export async function measureLatency(
  original: Session,
  compressed: Session,
  feeds: Readonly<Record<string, Value>>,
  batch: number,
  runs: number,
  threads: number,
  ctx: TaskContext = {},
): Promise<Latency> {
  const time = async (session: Session) => {
    const start = performance.now();
    await session.run(feeds);
    return performance.now() - start;
  };
  for (let i = 0; i < WARM_UP; i++) {
    await time(original);
    await time(compressed);
  }
  const a: number[] = [];
  const b: number[] = [];
  for (let i = 0; i < runs; i++) {
    checkCancelled(ctx.signal);
    if (i % 2 === 0) a.push(await time(original));
    b.push(await time(compressed));
    if (i % 2 === 1) a.push(await time(original));
    ctx.onProgress?.({ phase: 'latency', done: i + 1, total: runs });
  }
  const side = (times: number[]) => {
    const sorted = [...times].sort((x, y) => x - y);
    return { median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
  };
  return {
    backend: original.backend,
    threads,
    batch,
    runs,
    original: side(a),
    compressed: side(b),
    // A clock of coarse resolution may read 0 for a tiny model.
    speedup: bootstrapMedian(a.map((t, i) => Math.max(t, 1e-6) / Math.max(b[i], 1e-6))),
  };
}
