import type { NamedFile } from '../../../workers/contract.ts';
import type { Preprocess } from '../../datasets/types.ts';
import { engine, newTask, runner } from '../bridge/workers.ts';
import type { GetState, SetState, Studio } from './create.ts';
import { clearFaults, showFault } from './faults.ts';
import type { SessionFiles } from './session.ts';
import type { StudioActions, StudioState } from './types.ts';
import { takesData } from './withModel.ts';

type DataActions = Pick<StudioActions, 'openData' | 'setPreprocess' | 'closeData'>;

/** What a change of data makes worthless: the verdict, and a result that was made of it. */
function withoutVerdict({ recipe, resultOf }: Studio): Partial<StudioState> {
  const made = resultOf?.steps.some(takesData) && resultOf === recipe;
  return { report: undefined, reportOf: undefined, ...(made && { resultOf: undefined }) };
}

/** The user's data and how it becomes the model's input. */
export function dataSlice(session: SessionFiles): (set: SetState, get: GetState) => DataActions {
  return (set, get) => ({
    async openData(files: readonly NamedFile[], kept = false) {
      const { model } = get();
      if (!model || files.length === 0) return;
      const task = newTask();
      clearFaults(set, 'data', 'judge');
      set({ openingData: { task, startedAt: Date.now() } });
      try {
        const opened = await runner.call((r) => r.openData([...files], model.info));
        if (get().openingData?.task !== task) return;
        set((s) => ({ data: { ...opened, files: [...files] }, ...withoutVerdict(s) }));
        if (!kept) void engine.call((e) => e.keep('data', [...files], session.id, newTask())).catch(() => {});
      } catch (error) {
        showFault(set, 'data', error);
      } finally {
        if (get().openingData?.task === task) set({ openingData: undefined });
      }
    },
    async setPreprocess(preprocess: Preprocess) {
      const { data, model } = get();
      if (!data || !model) return;
      try {
        const opened = await withData(get, (r) => r.prepare(preprocess));
        set((s) => ({ data: { ...opened, files: data.files }, ...withoutVerdict(s) }));
      } catch (error) {
        showFault(set, 'data', error);
      }
    },
    closeData() {
      if (runner.running) void runner.call((r) => r.closeData());
      set((s) => ({ data: undefined, ...withoutVerdict(s) }));
    },
  });
}

/** The data on its way to a new run worker, which calls that come meanwhile wait for. */
let returning: Promise<unknown> | undefined;

/** Calls the run worker, giving it the data again first when it is a new one after a death. */
export async function withData<R>(get: GetState, call: Parameters<typeof runner.call<R>>[0]): Promise<R> {
  const { data, model } = get();
  if (!runner.running && data && model) {
    returning = runner
      .call((r) => r.openData(data.files, model.info, data.preprocess))
      .finally(() => {
        returning = undefined;
      });
  }
  await returning;
  return runner.call(call);
}
