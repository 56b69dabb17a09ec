import { checkAgainstModel } from '../datasets/check.ts';
import { firstOutputDims, inputSpecs, makeCase } from '../judge/case.ts';
import { gzipBytes } from '../judge/gzip.ts';
import { judge } from '../judge/judge.ts';
import { loadFile } from '../judge/load.ts';
import type { Estimate } from '../judge/types.ts';
import { summarize } from '../onnx/info.ts';
import { configureRuntime, plannedThreads } from '../runtime/configure.ts';
import { needed, type Options, whole } from './arguments.ts';
import { openData } from './data.ts';
import { openModel, sourcesOf } from './externals.ts';
import { bytes } from './text.ts';

/** A model on disk with all that loading it needs. */
async function side(path: string) {
  const model = await openModel(path);
  const { source, others } = await sourcesOf(model, path);
  let gzip = 0;
  for (const s of [source, ...others]) gzip += await gzipBytes(s);
  return { model, gzip, load: () => loadFile(source, others, model.external) };
}

/** `pare evaluate`: accuracy and latency of a model, or its change against the original, on the user's data. */
export async function evaluate(path: string, options: Options): Promise<string> {
  if (options.threads) configureRuntime({ threads: whole(options.threads, 'threads', 0) });
  const where = needed(options.data, 'evaluate', '--data DATASET');
  const runs = whole(options.latency, 'latency', 0);
  const limit = options.limit === undefined ? undefined : whole(options.limit, 'limit', 0);
  const compressed = await side(path);
  const original = options.against ? await side(options.against) : compressed;
  const info = summarize(original.model);
  const specs = inputSpecs(info);
  const { dataset, preprocess, preset } = await openData(where, specs, options.preset, 'test');
  checkAgainstModel(dataset, specs, firstOutputDims(info), preprocess);
  const c = makeCase(dataset, info, preprocess, (s) => (s === 'original' ? original : compressed).load(), limit);
  const report = await judge(
    { ...c, alone: !options.against },
    { backend: 'wasm', latencyRuns: runs, threads: plannedThreads() },
  );
  const sizes = {
    original: { bytes: original.model.bytes, gzip: original.gzip },
    compressed: { bytes: compressed.model.bytes, gzip: compressed.gzip },
  };
  if (options.json) {
    const plain = (_: string, v: unknown) =>
      v instanceof Uint32Array ? Array.from(v) : v === Number.POSITIVE_INFINITY ? null : v;
    return JSON.stringify({ model: path, against: options.against ?? null, preset, sizes, ...report }, plain, 2);
  }
  const pct = (e: Estimate) =>
    `${(100 * e.value).toFixed(2)} % (${(100 * e.low).toFixed(2)}…${(100 * e.high).toFixed(2)})`;
  const lines: string[] = [`samples    ${report.done} (${report.evidence}, preset ${preset})`];
  const { comparison, latency } = report;
  if (options.against) {
    lines.push(
      `size       ${bytes(sizes.original.bytes)} → ${bytes(sizes.compressed.bytes)}, gzip ${bytes(sizes.original.gzip)} → ${bytes(sizes.compressed.gzip)}`,
    );
    if (report.original) lines.push(`top-1      ${pct(report.original.top1)} → ${pct(report.compressed!.top1)}`);
    if (comparison.top1Change) lines.push(`change     ${pct(comparison.top1Change)}`);
    if (comparison.agreement) lines.push(`agreement  ${pct(comparison.agreement)}`);
    const sqnr = comparison.sqnr === Number.POSITIVE_INFINITY ? '∞' : comparison.sqnr.toFixed(1);
    lines.push(`SQNR       ${sqnr} dB`, `cosine     ${comparison.cosine.value.toFixed(6)}`);
  } else {
    lines.push(`size       ${bytes(sizes.original.bytes)}, gzip ${bytes(sizes.original.gzip)}`);
    if (report.original) lines.push(`top-1      ${pct(report.original.top1)}`);
    if (report.original?.top5) lines.push(`top-5      ${pct(report.original.top5)}`);
  }
  if (latency) {
    lines.push(
      `latency    ${latency.original.median.toFixed(2)} ms → ${latency.compressed.median.toFixed(2)} ms per batch of ${latency.batch}, ${latency.speedup.value.toFixed(2)}×`,
    );
  }
  return lines.join('\n');
}
