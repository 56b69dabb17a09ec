import { Comlink } from '../../../workers/comlink.ts';
import type { NamedFile } from '../../../workers/contract.ts';
import type { Progress } from '../../base/progress.ts';
import type { JudgeReport } from '../../judge/types.ts';
import type { TensorReport } from '../../methods/types.ts';
import { engine, newTask, runner } from '../bridge/workers.ts';
import type { GetState, SetState } from './create.ts';
import { withData } from './dataSlice.ts';
import { clearFaults, showFault } from './faults.ts';
import type { SessionFiles } from './session.ts';
import type { StudioActions } from './types.ts';

type RunActions = Pick<StudioActions, 'compress' | 'cancelCompress' | 'judge' | 'cancelJudge'>;

/** Samples of random input where there is no data: enough for an error estimate, quick on a large model. */
const SYNTHETIC = { count: 32, seed: 0 };

/** The files of the compressed model. */
function outputFiles(result: { file: File; external?: File }): NamedFile[] {
  return [result.file, result.external].flatMap((f) => (f ? [{ path: f.name, blob: f }] : []));
}

/** Compressing and judging. A new run replaces the one in flight. */
export function runSlice(session: SessionFiles, set: SetState, get: GetState): RunActions {
  async function compress(): Promise<void> {
    const { model, recipe, settings, compressing } = get();
    if (!model) return;
    if (compressing) cancelCompress();
    const task = newTask();
    const start = performance.now();
    const mine = () => get().compressing?.task === task;
    clearFaults(set, 'compress');
    set({ compressing: { task, startedAt: Date.now() } });
    const byLayer = new Map<string, TensorReport[]>();
    try {
      const backend = settings.backend === 'both' ? 'auto' : settings.backend;
      const onProgress = (progress: Progress) => {
        if (mine()) set((s) => ({ compressing: { ...s.compressing!, progress } }));
      };
      const onReports = (batch: TensorReport[]) => {
        for (const r of batch) byLayer.set(r.id, [...(byLayer.get(r.id) ?? []), r]);
        if (mine()) set({ reports: new Map(byLayer) });
      };
      const result = await withModel((e) =>
        e.compress(recipe, { backend }, task, Comlink.proxy(onProgress), Comlink.proxy(onReports)),
      );
      performance.measure('pare:compress', { start });
      if (mine()) set({ result, resultOf: recipe, reports: groupReports(result.reports), compressing: undefined });
    } catch (error) {
      if (!mine()) return;
      set({ compressing: undefined });
      showFault(set, 'compress', error);
    }
  }

  /** The model on its way to a new engine worker, which calls that come meanwhile wait for. */
  let returning: Promise<unknown> | undefined;

  /** Calls the engine worker, giving it the model again first when it is a new one after a death. */
  async function withModel<R>(call: Parameters<typeof engine.call<R>>[0]): Promise<R> {
    const { model } = get();
    if (!engine.running && model) {
      returning = engine
        .call((e) => e.open(model.files, session.id, newTask()))
        .finally(() => {
          returning = undefined;
        });
    }
    await returning;
    return engine.call(call);
  }

  function cancelCompress(): void {
    const running = get().compressing;
    if (!running) return;
    set({ compressing: undefined });
    if (engine.running) void engine.call(async (e) => e.cancel(running.task)).catch(() => {});
  }

  async function judge(): Promise<void> {
    const { model, result, resultOf, data, settings, judging } = get();
    if (!model || !result) return;
    if (judging) cancelJudge();
    const task = newTask();
    const mine = () => get().judging?.task === task;
    clearFaults(set, 'judge');
    set({ judging: { task, startedAt: Date.now() } });
    try {
      const onReport = (report: JudgeReport) => {
        if (mine()) set({ report, reportOf: resultOf });
      };
      const onProgress = (progress: Progress) => {
        if (mine()) set((s) => ({ judging: { ...s.judging!, progress } }));
      };
      const options = {
        backend: settings.backend,
        ...(settings.judgeLimit !== null && { limit: settings.judgeLimit }),
        latencyRuns: settings.latencyRuns,
        ...(!data && { synthetic: SYNTHETIC }),
      };
      const report = await withData(get, (r) =>
        r.judge(model.files, outputFiles(result), options, task, Comlink.proxy(onReport), Comlink.proxy(onProgress)),
      );
      if (!mine()) return;
      set({ report, reportOf: resultOf, judging: undefined });
      await measureGzip();
    } catch (error) {
      if (!mine()) return;
      set({ judging: undefined });
      showFault(set, 'judge', error);
    }
  }

  /** After the verdict, since it waits for no one: gzip takes longer than judging on large files. */
  async function measureGzip(): Promise<void> {
    const { model, result, sizes } = get();
    if (!model || !result) return;
    const of = (files: NamedFile[]) => runner.call((r) => r.gzipSize(files, newTask()));
    const originalGzip = sizes?.originalGzip ?? (await of(model.files));
    set((s) => ({ sizes: { ...s.sizes, originalGzip } }));
    const compressedGzip = await of(outputFiles(result));
    if (get().result === result) set((s) => ({ sizes: { ...s.sizes, compressedGzip } }));
  }

  function cancelJudge(): void {
    const running = get().judging;
    if (!running) return;
    set({ judging: undefined });
    if (runner.running) void runner.call(async (r) => r.cancel(running.task)).catch(() => {});
  }

  return { compress, cancelCompress, judge, cancelJudge };
}

/** Reports by layer, in the order of the steps. */
export function groupReports(reports: readonly TensorReport[]): Map<string, TensorReport[]> {
  const map = new Map<string, TensorReport[]>();
  for (const r of reports) map.set(r.id, [...(map.get(r.id) ?? []), r]);
  for (const list of map.values()) list.sort((a, b) => a.step - b.step);
  return map;
}
