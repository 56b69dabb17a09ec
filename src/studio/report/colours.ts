import type { ChartColours } from '../../ui/theme.ts';

/** The light theme of `ui/tokens.css`, for a file that has no style sheet to read; colours.test.ts holds the two together. */
export const lightColours: ChartColours = {
  surface: 'oklch(0.975 0.002 255)',
  'surface-raised': 'oklch(1 0 0)',
  'surface-sunken': 'oklch(0.945 0.003 255)',
  line: 'oklch(0.9 0.004 255)',
  control: 'oklch(0.62 0.008 255)',
  text: 'oklch(0.24 0.008 255)',
  'text-muted': 'oklch(0.47 0.009 255)',
  ink: 'oklch(0.3 0.009 255)',
  before: 'oklch(0.62 0.14 255)',
  'before-strong': 'oklch(0.54 0.15 255)',
  'before-text': 'oklch(0.47 0.15 255)',
  after: 'oklch(0.72 0.15 60)',
  'after-strong': 'oklch(0.62 0.155 52)',
  'after-text': 'oklch(0.5 0.125 52)',
  focus: 'oklch(0.55 0.19 298)',
  'heat-low': 'oklch(0.93 0.012 345)',
  'heat-high': 'oklch(0.47 0.16 345)',
  font: 'system-ui, sans-serif',
  mono: 'ui-monospace, monospace',
};
