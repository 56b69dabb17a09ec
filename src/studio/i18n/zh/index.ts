import type { en } from '../en/index.ts';
import type { Translated } from '../translated.ts';
import { accuracy } from './accuracy.ts';
import { common } from './common.ts';
import { data } from './data.ts';
import { errors } from './errors.ts';
import { layers } from './layers.ts';
import { progress } from './progress.ts';
import { report } from './report.ts';
import { start } from './start.ts';
import { verdicts } from './verdicts.ts';

/** Every word of the page in Simplified Chinese. Loaded only when chosen. */
export const zh: Translated<typeof en> = { accuracy, common, data, errors, layers, progress, report, start, verdicts };
