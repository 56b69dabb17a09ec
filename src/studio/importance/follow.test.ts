import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { PareErrorData } from '../../base/errors.ts';
import { PareError } from '../../base/errors.ts';
import type { Progress } from '../../base/progress.ts';
import { sketchOf } from '../../kernels/sketch.ts';
import type { LayerFacts } from '../../methods/types.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import type { Studio } from '../state/create.ts';
import { followImportance, measure, stopMeasuring } from './follow.ts';
import { importanceKey, type Scores, scoredLayers } from './measured.ts';
import { importance, scoresOf } from './store.ts';

const recipeOf = (...steps: object[]) => parseRecipe({ pare: 1, steps });
const taylor = { method: 'prune-weights', importance: 'taylor', sparsity: 0.5 };
const scores: Scores = new Map([['w', sketchOf(new Float32Array([1, 2, 3]))]]);

/** One question that has been asked, and its end. */
interface Asked {
  step: number;
  progress: (p: Progress) => void;
  found: (scores: Scores) => void;
  failed: (error: PareError) => void;
}

let asked: Asked[];
let store: ReturnType<typeof studioLike>;

/** As much of the page's state as is followed. */
function studioLike(over: object = {}) {
  return createStore<Studio>()(
    () =>
      ({
        phase: 'open',
        recipe: recipeOf(taylor),
        data: { files: [] },
        settings: { live: true },
        measureImportance: (step: number, _task: number, progress: Asked['progress']) =>
          new Promise<Scores>((found, failed) => asked.push({ step, progress, found, failed })),
        ...over,
      }) as unknown as Studio,
  );
}

const set = (part: object) => store.setState(part as Partial<Studio>);
const rest = () => vi.advanceTimersByTimeAsync(250);
const keyOf = (index = 0) => importanceKey(store.getState().recipe, index);
const at = (index = 0) => importance.getState().known.get(keyOf(index));

function follow(over: object = {}): void {
  store = studioLike(over);
  followImportance(store);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  importance.setState({ known: new Map(), wanted: undefined });
});
afterEach(() => {
  // What is still followed is let go, so that the next test has the store of measurements to itself.
  set({ data: undefined });
  vi.useRealTimers();
});

it('measures when there is data and the recipe rests, and only what decides it asks again', async () => {
  follow({ data: undefined });
  await rest();
  expect(asked).toHaveLength(0);
  set({ data: { files: [] } });
  await rest();
  asked[0].progress({ phase: 'importance', done: 3, total: 8 });
  expect(at()).toMatchObject({ at: 'running', running: { progress: { done: 3 } } });
  asked[0].found(scores);
  await rest();
  expect(scoresOf(store.getState().recipe, importance.getState())).toEqual([scores]);
  // Shares, scopes and layers are the page's own arithmetic.
  set({ recipe: recipeOf({ ...taylor, sparsity: 0.9, scope: 'layer', layers: { w: { skip: true } } }) });
  await rest();
  expect(asked).toHaveLength(1);
  expect(at()?.at).toBe('found');
  set({ recipe: recipeOf({ ...taylor, samples: 16 }) });
  await rest();
  expect(asked).toHaveLength(2);
  // Undone before it is there, what was found first is found again.
  set({ recipe: recipeOf(taylor) });
  asked[1].found(new Map());
  await rest();
  expect(asked).toHaveLength(2);
  expect(at()).toEqual({ at: 'found', scores });
});

it('measures each step that needs it, none behind learning that has not run, and all anew on other data', async () => {
  const recipe = recipeOf({ ...taylor, importance: 'wanda' }, { method: 'distill' }, taylor, {
    method: 'prune-weights',
    importance: 'taylor',
    pattern: '2:4',
  });
  follow({ recipe });
  await rest();
  expect(asked.map((a) => a.step)).toEqual([0]);
  asked[0].found(scores);
  await rest();
  expect(asked).toHaveLength(1);
  set({ resultOf: recipeOf({ ...taylor, importance: 'wanda' }, { method: 'distill' }) });
  await rest();
  expect(asked.map((a) => a.step)).toEqual([0, 2]);
  set({ data: { files: [] } });
  expect(importance.getState().known.has(keyOf(2))).toBe(false);
  asked[1].found(scores);
  await rest();
  expect(asked.map((a) => a.step)).toEqual([0, 2, 0]);
});

it('waits to be asked where the page does not run by itself, and after a failure or a stop', async () => {
  follow({ settings: { live: false } });
  await rest();
  expect(asked).toHaveLength(0);
  measure(keyOf());
  await rest();
  stopMeasuring(keyOf());
  await rest();
  expect([asked.length, at()?.at]).toEqual([1, 'stopped']);
  measure(keyOf());
  await rest();
  asked[1].failed(new PareError('recipe/not-applicable', 'No.'));
  await rest();
  expect(at()).toMatchObject({
    at: 'failed',
    fault: { code: 'recipe/not-applicable' } satisfies Partial<PareErrorData>,
  });
  measure(keyOf());
  await rest();
  asked[2].found(scores);
  await rest();
  expect(at()?.at).toBe('found');
});

it('asks again when its worker was terminated under it', async () => {
  follow();
  await rest();
  asked[0].failed(new PareError('cancelled', 'Cancelled.'));
  await rest();
  expect([asked.length, at()?.at]).toEqual([2, 'running']);
});

it('layers are the same array as long as they and their scores are', () => {
  const layers = ['w', 'v'].map(
    (id): LayerFacts => ({ id, name: id, role: 'weight', dims: [3], dtype: 'float32', bytes: 12 }),
  );
  const seen = scoredLayers(layers, 'taylor', scores);
  expect(seen.map((l) => l.scores)).toEqual([{ taylor: scores.get('w') }, {}]);
  expect(scoredLayers(layers, 'taylor', scores)).toBe(seen);
  expect(scoredLayers([...layers], 'taylor', scores)).not.toBe(seen);
  expect(scoredLayers(layers, 'taylor', undefined)).toBe(layers);
});
