import { useStore } from 'zustand';
import { runner } from '../bridge/workers.ts';
import { resultIsCurrent } from '../current.ts';
import { followImportance } from '../importance/follow.ts';
import { createStudio, type Studio, saveSettings } from './create.ts';
import { dataSlice } from './dataSlice.ts';
import { clearFaults } from './faults.ts';
import { runLive } from './live.ts';
import { modelSlice } from './modelSlice.ts';
import { othersSlice } from './othersSlice.ts';
import { runPreflight } from './preflight.ts';
import { questionsSlice } from './questionsSlice.ts';
import { recipeSlice } from './recipeSlice.ts';
import { runSlice } from './runSlice.ts';
import { keepSession, newSession } from './session.ts';

const session = newSession();

/** The one store of the page. */
export const studio = createStudio([
  modelSlice(session),
  recipeSlice,
  (set, get) => runSlice(session, set, get),
  dataSlice(session),
  othersSlice(session),
  (_set, get) => questionsSlice(session, get),
  (set, get) => ({
    setSettings(change) {
      const settings = { ...get().settings, ...change };
      const { external } = get().settings;
      saveSettings(settings);
      set({ settings });
      if (settings.external !== external && (get().compressing || resultIsCurrent(get()))) {
        // The same weights in other files: what was made, or is being made, is not what is asked for any more.
        set({ resultOf: undefined });
        void get().compress();
      }
    },
    dismiss: (fault) => clearFaults(set, fault.about),
  }),
]);

/** A part of the state, for components. Select narrowly: the component renders again only when that part changes. */
export function useStudio<T>(select: (s: Studio) => T): T {
  return useStore(studio, select);
}

/** Brings back the last session and starts what runs by itself. Called once, when the page is up. */
export async function startStudio(): Promise<void> {
  void studio.getState().loadSamples();
  await keepSession(studio, session);
  // Only now: what was restored is no change that a run should follow.
  runLive(studio);
  runPreflight(studio, session);
  followImportance(studio);
}

/** Asks what the device can do; starts the run worker, so it waits until something is about to run. */
export async function probeBackends(): Promise<void> {
  const backends = await runner.call((r) => r.backends());
  studio.setState({ backends });
}
