import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Settings, StudioActions, StudioState } from './types.ts';

export type Studio = StudioState & StudioActions;
export type GetState = StoreApi<Studio>['getState'];
export type SetState = StoreApi<Studio>['setState'];

export const EMPTY_RECIPE = { pare: 1 as const, seed: 0, steps: [] };

/** Everything that belongs to one model. Taken when a model is opened and on "start over". */
export const NO_MODEL = {
  phase: 'start',
  opening: undefined,
  model: undefined,
  costs: undefined,
  kept: undefined,
  sketched: 0,
  toSketch: 0,
  selected: undefined,
  recipe: EMPTY_RECIPE,
  past: [],
  future: [],
  compressing: undefined,
  paused: undefined,
  reports: new Map(),
  curves: [],
  activations: new Map(),
  findings: [],
  findingsOf: undefined,
  result: undefined,
  resultOf: undefined,
  others: new Map(),
  openingData: undefined,
  data: undefined,
  judging: undefined,
  report: undefined,
  reportOf: undefined,
  sizes: undefined,
} satisfies Partial<StudioState>;

const SETTINGS_KEY = 'pare.settings';

/** Defaults, overlaid with what this person chose before. */
export function loadSettings(): Settings {
  const defaults: Settings = {
    language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
    theme: 'system',
    backend: 'auto',
    live: true,
    external: false,
    judgeLimit: null,
    latencyRuns: 20,
  };
  try {
    return { ...defaults, ...JSON.parse(localStorage.getItem(SETTINGS_KEY) ?? '{}') };
  } catch {
    return defaults;
  }
}

/** Remembers the choices on this device; where storage is refused they last as long as the page. */
export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(SETTINGS_KEY, JSON.stringify(settings));
  } catch {}
}

/** A store from slices, each of which makes some of the actions. */
export function createStudio(slices: ((set: SetState, get: GetState) => Partial<StudioActions>)[]): StoreApi<Studio> {
  return createStore<Studio>()((set, get) => {
    const state: StudioState = { ...NO_MODEL, settings: loadSettings(), faults: [] } as StudioState;
    return Object.assign(state, ...slices.map((slice) => slice(set, get))) as Studio;
  });
}
