import { newTask } from '../bridge/workers.ts';
import type { GetState } from './create.ts';
import type { SessionFiles } from './session.ts';
import type { StudioActions } from './types.ts';
import { withModel } from './withModel.ts';

/** What the page asks of a step that prunes channels. Nothing of it is kept in the state: the view that asks shows it. */
export function channelsSlice(
  session: SessionFiles,
  get: GetState,
): Pick<StudioActions, 'rankChannels' | 'channelLatencies'> {
  return {
    rankChannels(step, task) {
      const { recipe, data } = get();
      return withModel(get, session, (e) => e.rankChannels(recipe, step, task), { data });
    },
    channelLatencies(step) {
      const { recipe, data } = get();
      return withModel(get, session, (e) => e.channelLatencies(recipe, step, newTask()), { data });
    },
  };
}
