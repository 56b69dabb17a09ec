import { expect, it } from 'vitest';
import { sketchOf } from '../../kernels/sketch.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import { Forecaster, type Question } from './engine.ts';

const layer = (id: string, seed: number): LayerFacts => ({
  ...{ id, name: id, role: 'weight', dims: [64, 32], dtype: 'float32', bytes: 8192 },
  sketch: sketchOf(Float32Array.from({ length: 2048 }, (_, i) => Math.sin(i * seed))),
});
const layers = [layer('a', 1.3), layer('b', 2.1), layer('c', 0.7)];
const half = parseRecipe({ pare: 1, steps: [{ method: 'prune-weights', sparsity: 0.5 }] });
const most = parseRecipe({ pare: 1, steps: [{ method: 'prune-weights', sparsity: 0.9 }] });
const about = (recipe: Question['recipe']): Question => ({ layers, opset: 17, bytes: 30_000, recipe });

/** Frames until nothing is left to do; the page asks anew at each of them. */
function frames(forecaster: Forecaster, recipe: Question['recipe']): number {
  for (let n = 1; n < 100; n++) {
    forecaster.ask(about(recipe));
    if (!forecaster.step()) return n;
  }
  return 100;
}

it('a question asked again at every frame comes to rest, and the tables get their rows', () => {
  const forecaster = new Forecaster(() => 0);
  expect(frames(forecaster, half)).toBe(2);
  expect(forecaster.store.getState().settled?.get('a')?.zeros).toBeCloseTo(1024, -2);
  expect(frames(forecaster, most)).toBe(2);
  expect(forecaster.store.getState().settled?.get('a')?.zeros).toBeGreaterThan(1500);
});

it('with no time left, one layer is evaluated in a frame, and the last frame says what one with time says', () => {
  let time = 0;
  const slow = new Forecaster(() => (time += 1000));
  expect(frames(slow, half)).toBeGreaterThan(layers.length);
  const quick = new Forecaster(() => 0);
  frames(quick, half);
  expect(slow.store.getState().forecast?.drawn).toEqual(quick.store.getState().forecast?.drawn);
  expect([...slow.store.getState().whole!.after!]).toEqual([...quick.store.getState().whole!.after!]);
});

it('a frame in which nothing changed draws nothing anew but the tables', () => {
  const forecaster = new Forecaster(() => 0);
  forecaster.ask(about(half));
  forecaster.step();
  const { forecast, whole, plans } = forecaster.store.getState();
  forecaster.ask(about(half));
  forecaster.step();
  const after = forecaster.store.getState();
  expect(after.settled).toBeDefined();
  expect(after.forecast).toBe(forecast);
  expect(after.whole).toBe(whole);
  expect(after.plans).toBe(plans);
});
