import type { en } from '../en/index.ts';
import type { Translated } from '../translated.ts';
import { accuracy } from './accuracy.ts';
import { activations } from './activations.ts';
import { channels } from './channels.ts';
import { common } from './common.ts';
import { controls } from './controls.ts';
import { data } from './data.ts';
import { errors } from './errors.ts';
import { explain } from './explain.ts';
import { importance } from './importance.ts';
import { layers } from './layers.ts';
import { learning } from './learning.ts';
import { picture } from './picture.ts';
import { preflight } from './preflight.ts';
import { progress } from './progress.ts';
import { recipe } from './recipe.ts';
import { report } from './report.ts';
import { spectrum } from './spectrum.ts';
import { start } from './start.ts';
import { student } from './student.ts';
import { ui } from './ui.ts';
import { verdicts } from './verdicts.ts';

/** Every word of the page in Simplified Chinese. Loaded only when chosen. */
export const zh: Translated<typeof en> = {
  accuracy,
  activations,
  channels,
  common,
  controls,
  data,
  errors,
  explain,
  importance,
  layers,
  learning,
  picture,
  preflight,
  progress,
  recipe,
  report,
  spectrum,
  start,
  student,
  ui,
  verdicts,
};
