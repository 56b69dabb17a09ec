import type { ParseKeys } from 'i18next';
import type { IconName } from '../../ui/icons.tsx';
import type { Studio } from '../state/create.ts';
import { studio } from '../state/store.ts';
import type { Settings } from '../state/types.ts';
import { view } from '../view.ts';
import type { Chord } from './keys.ts';
import { pickFiles, startOver } from './open.ts';

/** Something the page can do. One object feeds its button, its key and its line in the palette. */
export interface Action {
  id: string;
  label: ParseKeys;
  icon: IconName;
  keys?: readonly Chord[];
  /** Whether it means anything now; absent is always. */
  enabled?: (s: Studio) => boolean;
  run: () => void;
}

const open = (s: Studio) => s.phase === 'open';
const themes: readonly Settings['theme'][] = ['system', 'light', 'dark'];

/** Every action of the page that is not a control of its own. */
export const actions = {
  open: { id: 'open', label: 'common.open', icon: 'upload', keys: [{ key: 'o', mod: true }], run: () => pickFiles() },
  openFolder: { id: 'openFolder', label: 'common.openFolder', icon: 'upload', run: () => pickFiles(true) },
  undo: {
    id: 'undo',
    label: 'common.undo',
    icon: 'undo',
    keys: [{ key: 'z', mod: true }],
    enabled: (s) => s.past.length > 0,
    run: () => studio.getState().undo(),
  },
  redo: {
    id: 'redo',
    label: 'common.redo',
    icon: 'redo',
    keys: [
      { key: 'z', mod: true, shift: true },
      { key: 'y', mod: true },
    ],
    enabled: (s) => s.future.length > 0,
    run: () => studio.getState().redo(),
  },
  download: {
    id: 'download',
    label: 'verdicts.takeModel',
    icon: 'download',
    keys: [{ key: 's', mod: true }],
    enabled: (s) => open(s) && s.recipe.steps.length > 0,
    run: () => void take('downloadModel'),
  },
  downloadExternal: {
    id: 'downloadExternal',
    label: 'verdicts.takeExternal',
    icon: 'download',
    enabled: (s) => s.result?.external !== undefined,
    run: () => void take('downloadExternal'),
  },
  downloadRecipe: {
    id: 'downloadRecipe',
    label: 'verdicts.takeRecipe',
    icon: 'sliders',
    enabled: open,
    run: () => void take('downloadRecipe'),
  },
  downloadReport: {
    id: 'downloadReport',
    label: 'verdicts.takeReport',
    icon: 'chart',
    enabled: open,
    run: () => void take('downloadReport'),
  },
  compress: {
    id: 'compress',
    label: 'verdicts.compress',
    icon: 'play',
    keys: [{ key: 'Enter', mod: true }],
    enabled: (s) => open(s) && s.recipe.steps.length > 0,
    run: () => void studio.getState().compress(),
  },
  measure: {
    id: 'measure',
    label: 'verdicts.measure',
    icon: 'play',
    keys: [{ key: 'Enter', mod: true, shift: true }],
    enabled: (s) => open(s) && s.recipe.steps.length > 0,
    run: () => void measure(),
  },
  live: {
    id: 'live',
    label: 'verdicts.live',
    icon: 'sliders',
    enabled: open,
    run: () => studio.getState().setSettings({ live: !studio.getState().settings.live }),
  },
  external: {
    id: 'external',
    label: 'verdicts.keepOutside',
    icon: 'layers',
    enabled: open,
    run: () => studio.getState().setSettings({ external: !studio.getState().settings.external }),
  },
  palette: {
    id: 'palette',
    label: 'common.palette',
    icon: 'search',
    keys: [{ key: 'k', mod: true }],
    run: () => view.setState({ palette: true }),
  },
  language: {
    id: 'language',
    label: 'common.language',
    icon: 'language',
    run: () => studio.getState().setSettings({ language: studio.getState().settings.language === 'en' ? 'zh' : 'en' }),
  },
  theme: {
    id: 'theme',
    label: 'common.theme',
    icon: 'contrast',
    run: () => {
      const { theme } = studio.getState().settings;
      studio.getState().setSettings({ theme: themes[(themes.indexOf(theme) + 1) % themes.length] });
    },
  },
  weights: showTab('weights'),
  activations: {
    ...showTab('activations'),
    enabled: (s) => open(s) && s.recipe.steps.some((step) => step.method === 'quantize-static'),
  },
  accuracy: showTab('accuracy'),
  layers: showTab('layers'),
  wholeModel: {
    id: 'wholeModel',
    label: 'layers.whole',
    icon: 'layers',
    enabled: (s) => open(s) && s.selected !== undefined,
    run: () => studio.getState().select(undefined),
  },
  startOver: { id: 'startOver', label: 'common.startOver', icon: 'trash', enabled: open, run: startOver },
} satisfies Record<string, Action>;

function showTab(tab: 'weights' | 'activations' | 'accuracy' | 'layers'): Action {
  return {
    id: `show-${tab}`,
    label: `common.tabs.${tab}`,
    icon: tab === 'layers' ? 'layers' : 'chart',
    enabled: open,
    run: () => view.setState({ tab, pane: 'picture' }),
  };
}

/** What is taken home is made by code that comes when it is first asked for. */
async function take(what: keyof typeof import('./download.ts')): Promise<void> {
  const download = await import('./download.ts');
  await download[what]();
}

/** Judges, compressing first when the recipe has changed since. */
async function measure(): Promise<void> {
  const s = studio.getState();
  if (s.result === undefined || s.resultOf !== s.recipe) await s.compress();
  const now = studio.getState();
  if (now.result && now.resultOf === now.recipe && !now.judging) await now.judge();
}
