/**
 * What the recipe as it stands will give, while sliders move: `useForecast()` returns
 * `{ total: { bytes }, drawn, of(id) }`, or undefined without a model and when a step's effect is known
 * only after the run. Import from here: src/studio/forecast/useForecast.ts.
 */
import { useStore } from 'zustand';
import { importance, scoresOf } from '../importance/store.ts';
import { pictureView } from '../picture/view.ts';
import type { Studio } from '../state/create.ts';
import { studio } from '../state/store.ts';
import { Forecaster } from './engine.ts';
import type { Forecast, ForecastState } from './types.ts';

const forecaster = new Forecaster();
let running = false;
let scheduled = false;

/** The default opset, under either of its two names. */
const opsetOf = (s: Studio): number => {
  const opsets = s.model?.info.opsets ?? {};
  return opsets[''] ?? opsets['ai.onnx'] ?? 17;
};

function work(): void {
  scheduled = false;
  const s = studio.getState();
  if (!s.model) {
    forecaster.store.setState({ plans: new Map() }, true);
    return;
  }
  const { layers, info } = s.model;
  const { fullRange } = pictureView.getState();
  const scores = scoresOf(s.recipe, importance.getState());
  const { recipe, selected } = s;
  forecaster.ask({ layers, opset: opsetOf(s), bytes: info.bytes, recipe, scores, selected, fullRange });
  if (forecaster.step()) schedule();
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(work);
}

/** Follows the model and the recipe from the first use on. */
function start(): void {
  if (running) return;
  running = true;
  studio.subscribe((s, old) => {
    if (s.model !== old.model || s.recipe !== old.recipe || s.selected !== old.selected) schedule();
  });
  importance.subscribe(schedule);
  pictureView.subscribe((v, old) => {
    if (v.fullRange !== old.fullRange) schedule();
  });
  schedule();
}

/** A part of what is foretold, for components. */
export function useForecastState<T>(select: (s: ForecastState) => T): T {
  start();
  return useStore(forecaster.store, select);
}

/** What the recipe will give, by layer and in all. */
export function useForecast(): Forecast | undefined {
  return useForecastState((s) => s.forecast);
}
