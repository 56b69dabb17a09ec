import { useSyncExternalStore } from 'react';
import { type Oklch, parseOklch } from './colour.ts';

export type Theme = 'system' | 'light' | 'dark';

/** Puts a theme on the page. Keeping the choice is the caller's business. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

const names = [
  'surface',
  'surface-raised',
  'surface-sunken',
  'line',
  'control',
  'text',
  'text-muted',
  'ink',
  'before',
  'before-strong',
  'before-text',
  'after',
  'after-strong',
  'after-text',
  'focus',
  'heat-low',
  'heat-high',
] as const;

/** The tokens of the theme in force, as CSS colours: what canvas charts paint with. */
export type ChartColours = Record<(typeof names)[number], string> & { font: string; mono: string };

let current: ChartColours | undefined;
let watching = false;
const listeners = new Set<() => void>();

function read(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ...(Object.fromEntries(names.map((name) => [name, value(name)])) as Record<(typeof names)[number], string>),
    font: value('font'),
    mono: value('mono'),
  };
}

/** Reading styles forces layout work, so it is done once per theme and not once per frame. */
function watch(notify: () => void): () => void {
  if (!watching) {
    // The page keeps its two watchers for good: they are cheap, and charts come and go with every tab.
    watching = true;
    const refresh = () => {
      current = read();
      for (const listener of listeners) listener();
    };
    new MutationObserver(refresh).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', refresh);
  }
  listeners.add(notify);
  return () => listeners.delete(notify);
}

/** The colours of the theme in force, followed as it changes. */
export function useChartColours(): ChartColours {
  return useSyncExternalStore(watch, () => (current ??= read()));
}

/** The two ends of the heat scale. */
export function heatEnds(colours: ChartColours): [Oklch, Oklch] {
  const grey: Oklch = { l: 0.5, c: 0, h: 0, alpha: 1 };
  return [parseOklch(colours['heat-low']) ?? grey, parseOklch(colours['heat-high']) ?? grey];
}
