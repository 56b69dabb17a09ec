import { afterEach, expect, test, vi } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { parseRecipe } from '../../recipe/schema.ts';
import type { Studio } from './create.ts';
import { runLive } from './live.ts';

const recipe = (bits: number) => parseRecipe({ pare: 1, steps: [{ method: 'quantize-weights', bits }] });
const result = (name: string) => ({ result: { file: { name } } as Studio['result'] });
const REST_MS = 400;

/** A store of what live runs look at, with its two actions watched. */
function watched() {
  const actions = { compress: vi.fn(async () => {}), judge: vi.fn(async () => {}) };
  const state = { settings: { live: true }, phase: 'open', recipe: recipe(8), data: { files: [] }, ...actions };
  const store = createStore<Studio>(() => state as unknown as Studio);
  vi.useFakeTimers();
  runLive(store);
  return { store, ...actions };
}

afterEach(() => void vi.useRealTimers());

test('a recipe that rests is run, and its result is judged', () => {
  const { store, compress, judge } = watched();
  const next = recipe(4);
  store.setState({ recipe: next });
  vi.advanceTimersByTime(REST_MS);
  expect(compress).toHaveBeenCalledTimes(1);
  store.setState({ ...result('4'), resultOf: next });
  expect(judge).toHaveBeenCalledTimes(1);
});

test('a result that came while another recipe was tried is judged when its own comes back, once', () => {
  const { store, compress, judge } = watched();
  const [mine, other] = [recipe(4), recipe(2)];
  store.setState({ recipe: mine });
  vi.advanceTimersByTime(REST_MS);
  store.setState({ recipe: other });
  store.setState({ ...result('4'), resultOf: mine });
  expect(judge).not.toHaveBeenCalled();
  store.setState({ recipe: mine });
  vi.advanceTimersByTime(REST_MS);
  expect(judge).toHaveBeenCalledTimes(1);
  store.setState({ recipe: other });
  store.setState({ recipe: mine });
  vi.advanceTimersByTime(REST_MS);
  expect(judge).toHaveBeenCalledTimes(1);
  expect(compress).toHaveBeenCalledTimes(1);
});

test('a result whose verdict is there is not judged again when its recipe comes back', () => {
  const { store, judge } = watched();
  const [mine, other] = [recipe(4), recipe(2)];
  store.setState({ ...result('4'), recipe: other, resultOf: mine, reportOf: mine });
  store.setState({ recipe: mine });
  vi.advanceTimersByTime(REST_MS);
  expect(judge).not.toHaveBeenCalled();
});
