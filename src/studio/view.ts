import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

export type MiddleTab = 'weights' | 'activations' | 'accuracy' | 'layers' | 'learning' | 'channels';
export type PaneId = 'layers' | 'picture' | 'recipe';

/** What the page shows of the state: nothing here changes a result, nothing here is undone or kept. */
export interface View {
  tab: MiddleTab;
  /** The pane in front on a narrow window. */
  pane: PaneId;
  palette: boolean;
  /** Histograms on a log scale. */
  log: boolean;
  /** A question that waits for an answer before something is lost. */
  asking?: { about: 'replace' | 'clear'; proceed: () => void };
}

/** The view's own small store. */
export const view = createStore<View>(() => ({ tab: 'weights', pane: 'picture', palette: false, log: false }));

/** A part of the view, for components. */
export function useView<T>(select: (v: View) => T): T {
  return useStore(view, select);
}
