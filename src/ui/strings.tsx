import { createContext, type ReactNode, useContext } from 'react';

/** The few words that belong to the parts themselves. Everything else a part says comes in through its props. */
export const defaultStrings = {
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  dismiss: 'Dismiss',
  moreInfo: 'More about {name}',
  reorder: 'Reorder {name}',
  moved: '{name} is now at {position} of {total}',
  notifications: 'Notifications',
  logScale: 'Log scale',
  exportChart: 'Save chart',
  savePng: 'Save as PNG',
  saveSvg: 'Save as SVG',
  saveCsv: 'Save numbers as CSV',
  chartTable: 'Numbers of this chart',
  showTable: 'Show as table',
  before: 'Before',
  after: 'After',
  forecast: 'forecast',
  better: 'better',
  worse: 'worse',
  unchanged: 'about the same',
  from: 'From',
  to: 'To',
  count: 'Count',
  level: 'Level',
  threshold: 'Threshold',
  clipLow: 'Lower clip',
  clipHigh: 'Upper clip',
  resize: 'Resize {name}',
  timeLeft: '{time} left',
  smallItems: '{count} smaller',
  name: 'Name',
  actual: 'Actual',
  predicted: 'Predicted',
  remove: 'Remove {name}',
  moreFound: '{count} more: type to narrow',
  noneFound: 'Nothing matches.',
} as const;

export type UiStringKey = keyof typeof defaultStrings;
export type UiStrings = Record<UiStringKey, string>;

/** Looks a word up and fills its `{names}`. */
export type UiText = (key: UiStringKey, values?: Record<string, string | number>) => string;

const StringsContext = createContext<UiStrings>(defaultStrings);

/** Gives every part below it the reader's words; missing keys stay English. */
export function UiStringsProvider({ strings, children }: { strings: Partial<UiStrings>; children: ReactNode }) {
  return <StringsContext.Provider value={{ ...defaultStrings, ...strings }}>{children}</StringsContext.Provider>;
}

/** The words of the parts in the reader's language. */
export function useUiText(): UiText {
  const strings = useContext(StringsContext);
  return (key, values) =>
    values ? strings[key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) : strings[key];
}
