import { checkCancelled, type TaskContext } from '../base/progress.ts';
import type { FeedReader } from '../datasets/batches.ts';
import { runtimeClock } from '../runtime/clock.ts';
import type { Backend, Session, Value } from '../runtime/types.ts';
import { measureLatency } from './latency.ts';
import { Counts } from './metrics.ts';
import type { Evidence, JudgeReport, Latency } from './types.ts';

export type Side = 'original' | 'compressed';

/** What the judge is given. It opens sessions when it needs them and releases every one. */
export interface Case {
  open(side: Side, backend: Backend): Promise<Session>;
  feeds: FeedReader;
  /** Samples to judge on, in order. */
  indices: ArrayLike<number>;
  /** Judges the original alone: its answers stand for both. */
  alone?: boolean;
  evidence: Evidence;
  labels?: Int32Array;
  targets?: { values: Float32Array; width: number };
  classes?: readonly string[];
}

export interface JudgeSettings {
  /** `both` judges on WASM and then compares the compressed model's outputs on WebGPU with it. */
  backend: Backend | 'both';
  batch?: number;
  /** Counted runs of each model; 0 leaves latency out. */
  latencyRuns: number;
  threads: number;
  onReport?: (report: JudgeReport) => void;
}

/** Samples per run where the model leaves the batch free: large enough to keep the runtime busy. */
const BATCH = 64;
/** Samples compared between two backends. */
const GAP_SAMPLES = 256;
/** Reports are sent no closer together than this, in ms. */
const QUIET = 100;

/**
 * Scores per sample when an output is class scores: [N, K] or [N, K, 1, 1] with K ≥ 2.
 * @param rows batch size of the run the output is of
 */
export function scoresPerSample(output: Value, rows: number): number | undefined {
  const [first, k, ...rest] = output.dims;
  const scores = first === rows && k >= 2 && rest.every((d) => d === 1);
  return scores && /^float|^uint8|^int8/.test(output.dtype) ? k : undefined;
}

function outputsOf(result: Record<string, Value>, session: Session): Value[] {
  return session.outputs.map((o) => result[o.name]).filter((v) => v !== undefined && v.dtype !== 'bool');
}

/** Walks the samples in batches. */
async function* batches(c: Case, size: number, limit = c.indices.length) {
  for (let at = 0; at < limit; at += size) {
    const indices = Array.from({ length: Math.min(size, limit - at) }, (_, i) => c.indices[at + i]);
    const { feeds } = await c.feeds.read(indices);
    yield { indices, feeds: feeds as Record<string, Value>, done: at + indices.length };
  }
}

/**
 * Runs the original and the compressed model on the same samples, batch by batch, and reports what differs. Reports go
 * out while it runs; the last one is also returned.
 * @throws PareError `runtime/…`, `data/…`, `cancelled`
 */
export async function judge(c: Case, settings: JudgeSettings, ctx: TaskContext = {}): Promise<JudgeReport> {
  const backend: Backend = settings.backend === 'both' ? 'wasm' : settings.backend;
  const size = c.feeds.batch ?? Math.min(settings.batch ?? BATCH, Math.max(1, c.indices.length));
  const start = performance.now();
  const inside = runtimeClock.ms;
  const open: Session[] = [];
  const session = async (side: Side, on: Backend) => {
    const s = await c.open(side, on);
    open.push(s);
    return s;
  };
  let counts: Counts | undefined;
  let latency: Latency | undefined;
  let gap: JudgeReport['backendGap'];
  let done = 0;
  const report = (): JudgeReport => ({
    evidence: c.evidence,
    backend,
    done,
    total: c.indices.length,
    ...(c.classes && { classes: c.classes }),
    ...(counts?.original && { original: counts.original.result(), compressed: counts.compressed!.result() }),
    comparison: (counts ?? new Counts(undefined)).comparison(),
    ...(latency && { latency }),
    runtimeShare: (runtimeClock.ms - inside) / Math.max(1e-3, performance.now() - start),
    ...(gap && { backendGap: gap }),
  });

  try {
    const original = await session('original', backend);
    const compressed = c.alone ? original : await session('compressed', backend);
    let sent = 0;
    let last: { feeds: Record<string, Value>; rows: number } | undefined;
    for await (const batch of batches(c, size)) {
      checkCancelled(ctx.signal);
      const a = outputsOf(await original.run(batch.feeds), original);
      const b = c.alone ? a : outputsOf(await compressed.run(batch.feeds), compressed);
      const rows = c.feeds.batch ?? batch.indices.length;
      counts ??= new Counts(a[0] && scoresPerSample(a[0], rows), c.labels, c.targets);
      counts.add(batch.indices, rows, a, b);
      last ??= { feeds: batch.feeds, rows };
      done = batch.done;
      ctx.onProgress?.({ phase: 'judge', done, total: c.indices.length });
      if (performance.now() - sent > QUIET) {
        settings.onReport?.(report());
        sent = performance.now();
      }
    }
    if (settings.latencyRuns > 0 && last) {
      const one = c.feeds.batch ? last.feeds : ((await c.feeds.read([c.indices[0]])).feeds as Record<string, Value>);
      latency = await measureLatency(
        original,
        compressed,
        one,
        c.feeds.batch ?? 1,
        settings.latencyRuns,
        settings.threads,
        ctx,
      );
    }
    if (settings.backend === 'both')
      gap = await backendGap(c, size, compressed, await session('compressed', 'webgpu'), ctx);
    const final = report();
    settings.onReport?.(final);
    return final;
  } finally {
    await Promise.allSettled(open.map((s) => s.release()));
  }
}

/** How far the same model's outputs on two backends are from each other. */
async function backendGap(c: Case, size: number, wasm: Session, gpu: Session, ctx: TaskContext) {
  let counts: Counts | undefined;
  for await (const batch of batches(c, size, Math.min(GAP_SAMPLES, c.indices.length))) {
    checkCancelled(ctx.signal);
    const a = outputsOf(await wasm.run(batch.feeds), wasm);
    const b = outputsOf(await gpu.run(batch.feeds), gpu);
    const rows = c.feeds.batch ?? batch.indices.length;
    counts ??= new Counts(a[0] && scoresPerSample(a[0], rows));
    counts.add(batch.indices, rows, a, b);
    ctx.onProgress?.({ phase: 'compare-backends', done: batch.done, total: Math.min(GAP_SAMPLES, c.indices.length) });
  }
  const { sqnr, agreement } = counts!.comparison();
  return { sqnr, agreement: agreement?.value ?? 1 };
}
