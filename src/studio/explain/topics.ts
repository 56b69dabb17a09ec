import type { en } from '../i18n/en/index.ts';

/** What can be explained; the headings are `explain.topics`. */
export type Topic = keyof (typeof en)['explain']['topics'];

/** One explanation in one language: plain sentences; a blank line starts a new paragraph. */
export interface ExplainText {
  /** What it does, or what it measures. */
  what: string;
  /** What it costs: bytes, time, accuracy. */
  cost?: string;
  /** When it hurts, or when the number misleads. */
  hurts?: string;
}
