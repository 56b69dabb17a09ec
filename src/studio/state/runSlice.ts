import type { Remote } from 'comlink';
import { Comlink } from '../../../workers/comlink.ts';
import type { CalibratedStep, CompressResult, EngineWorker, NamedFile } from '../../../workers/contract.ts';
import { PareError } from '../../base/errors.ts';
import type { Progress } from '../../base/progress.ts';
import type { JudgeReport } from '../../judge/types.ts';
import type { CurvePoint, TensorReport } from '../../methods/types.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { engine, newTask, runner } from '../bridge/workers.ts';
import { stepOf } from '../recipe/notes.ts';
import type { GetState, SetState } from './create.ts';
import { withData } from './dataSlice.ts';
import { clearFaults, showFault } from './faults.ts';
import type { SessionFiles } from './session.ts';
import type { Running, StudioActions, StudioState } from './types.ts';
import { takesData, withModel } from './withModel.ts';

type RunActions = Pick<StudioActions, 'compress' | 'cancelCompress' | 'enough' | 'judge' | 'cancelJudge'>;

/** Samples of random input where there is no data: enough for an error estimate, quick on a large model. */
const SYNTHETIC = { count: 32, seed: 0 };

/** The files of the compressed model. */
function outputFiles(result: { file: File; external?: File }): NamedFile[] {
  return [result.file, result.external].flatMap((f) => (f ? [{ path: f.name, blob: f }] : []));
}

/** How long a cancelled run may take to end before its worker is terminated: longer than a batch of anything takes. */
const PATIENCE_MS = 8000;

/** Compressing and judging. A new run replaces the one in flight. */
export function runSlice(session: SessionFiles, set: SetState, get: GetState): RunActions {
  /** The call in flight by its task, for `cancelCompress` to see that it ends. */
  const calls = new Map<number, Promise<unknown>>();

  /** The run in flight: who asks for the same again, waits for it. */
  let inFlight: { recipe: Recipe; data: StudioState['data']; external: boolean; ended: Promise<void> } | undefined;

  function compress(): Promise<void> {
    const { recipe, data, compressing } = get();
    const { external } = get().settings;
    const same = inFlight?.recipe === recipe && inFlight.data === data && inFlight.external === external;
    if (compressing && same) return inFlight!.ended;
    const ended = run();
    inFlight = { recipe, data, external, ended };
    return ended;
  }

  async function run(): Promise<void> {
    const { model, recipe, compressing, data } = get();
    if (!model) return;
    if (compressing) cancelCompress();
    const task = newTask();
    const start = performance.now();
    const mine = () => get().compressing?.task === task;
    clearFaults(set, 'compress');
    set({ compressing: { task, startedAt: Date.now() }, paused: undefined });
    const taking = recipe.steps.findIndex(takesData);
    const attempt = () => withModel(get, session, (e) => call(e, recipe, task), taking < 0 ? undefined : { data });
    try {
      let result: CompressResult | undefined;
      while (!result) {
        const running = attempt();
        calls.set(task, running);
        try {
          result = await running;
        } catch (error) {
          // The worker was terminated under it, for the sake of a run that would not end.
          if (!mine() || PareError.from(error).code !== 'cancelled') throw error;
        }
      }
      performance.measure('pare:compress', { start });
      if (mine()) set({ result, resultOf: recipe, reports: groupReports(result.reports), compressing: undefined });
    } catch (error) {
      if (!mine()) return;
      set({ compressing: undefined, paused: recipe });
      showFault(set, 'compress', atStep(PareError.from(error), taking));
    } finally {
      calls.delete(task);
    }
  }

  /** The call itself, and what comes of it while it runs. */
  function call(e: Remote<EngineWorker>, recipe: Recipe, task: number): Promise<CompressResult> {
    const { backend, external } = get().settings;
    const mine = () => get().compressing?.task === task;
    const byLayer = new Map<string, TensorReport[]>();
    const drawn = new Set<number>();
    const onProgress = (progress: Progress) => {
      if (mine()) set((s) => ({ compressing: advanced(s.compressing!, progress) }));
    };
    const onReports = (batch: TensorReport[]) => {
      for (const r of batch) byLayer.set(r.id, [...(byLayer.get(r.id) ?? []), r]);
      if (mine()) set({ reports: new Map(byLayer) });
    };
    const onCurves = (batch: CurvePoint[]) => {
      if (!mine()) return;
      // A step that learns anew draws anew, one that goes on keeps its curve up to there, and one whose result is used again all of it.
      const from = new Map<number, number>();
      for (const { recipeStep, at } of batch) {
        if (!drawn.has(recipeStep)) from.set(recipeStep, Math.min(at, from.get(recipeStep) ?? at));
      }
      for (const step of from.keys()) drawn.add(step);
      set((s) => ({
        curves: [...s.curves.filter((p) => p.at < (from.get(p.recipeStep) ?? Number.POSITIVE_INFINITY)), ...batch],
        compressing: { ...s.compressing!, learns: true },
      }));
    };
    const onCalibrated = ({ step, activations }: CalibratedStep) => {
      if (mine()) set((s) => ({ activations: new Map(s.activations).set(step, activations) }));
    };
    return e.compress(
      recipe,
      { backend: backend === 'both' ? 'auto' : backend, ...(external && { external }) },
      task,
      Comlink.proxy(onProgress),
      Comlink.proxy(onReports),
      Comlink.proxy(onCurves),
      Comlink.proxy(onCalibrated),
    );
  }

  function cancelCompress(): void {
    const running = get().compressing;
    if (!running) return;
    set((s) => ({ compressing: undefined, paused: s.recipe }));
    if (!engine.running) return;
    void engine.call(async (e) => e.cancel(running.task)).catch(() => {});
    const stuck = setTimeout(() => engine.terminate(), PATIENCE_MS);
    const ended = () => clearTimeout(stuck);
    void (calls.get(running.task) ?? Promise.resolve()).then(ended, ended);
  }

  function enough(): void {
    const { compressing } = get();
    if (compressing) void engine.call(async (e) => e.enough(compressing.task)).catch(() => {});
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
        if (mine()) set((s) => ({ judging: advanced(s.judging!, progress) }));
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

  return { compress, cancelCompress, enough, judge, cancelJudge };
}

/** A task with its newest progress. */
function advanced(running: Running, progress: Progress): Running {
  const same = running.progress?.phase === progress.phase;
  return { ...running, progress, ...(!same && { phaseAt: Date.now() }) };
}

/** An error of the data as one of the step that asked for it, so that it is shown there. */
function atStep(error: PareError, step: number): PareError {
  if (step < 0 || !error.code.startsWith('data/') || stepOf(error) !== undefined) return error;
  return new PareError(error.code, error.message, { hint: error.hint, where: `steps[${step}]`, cause: error });
}

/** Reports by layer, in the order of the steps. */
export function groupReports(reports: readonly TensorReport[]): Map<string, TensorReport[]> {
  const map = new Map<string, TensorReport[]>();
  for (const r of reports) map.set(r.id, [...(map.get(r.id) ?? []), r]);
  for (const list of map.values()) list.sort((a, b) => a.step - b.step);
  return map;
}
