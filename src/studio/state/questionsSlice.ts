import type { Remote } from 'comlink';
import { Comlink } from '../../../workers/comlink.ts';
import type { EngineWorker } from '../../../workers/contract.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { newTask } from '../bridge/workers.ts';
import type { GetState } from './create.ts';
import type { SessionFiles } from './session.ts';
import type { StudioActions } from './types.ts';
import { withModel } from './withModel.ts';

type Questions = Pick<
  StudioActions,
  'rankChannels' | 'channelLatencies' | 'measureImportance' | 'spectrum' | 'innerValues'
>;

/** What the page asks about the model that a step is given. Nothing of it is kept in the state: who asks shows it. */
export function questionsSlice(session: SessionFiles, get: GetState): Questions {
  /** With the recipe and the data as they are. */
  const ask = <R>(question: (e: Remote<EngineWorker>, recipe: Recipe) => Promise<R>) => {
    const { recipe, data } = get();
    return withModel(get, session, (e) => question(e, recipe), { data });
  };
  return {
    rankChannels: (step, task) => ask((e, recipe) => e.rankChannels(recipe, step, task)),
    channelLatencies: (step) => ask((e, recipe) => e.channelLatencies(recipe, step, newTask())),
    measureImportance: (step, task, onProgress) =>
      ask((e, recipe) => e.measureImportance(recipe, step, task, Comlink.proxy(onProgress))),
    spectrum: (step, id, task) => ask((e, recipe) => e.spectrum(recipe, step, id, task)),
    innerValues: () => withModel(get, session, (e) => e.innerValues()),
  };
}
