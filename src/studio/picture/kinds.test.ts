import { expect, it } from 'vitest';
import type { LayerFacts } from '../../methods/types.ts';
import { parseRecipe } from '../../recipe/schema.ts';
import { kindsOf, offered, shownOf } from './kinds.ts';

const layer = (more: Partial<LayerFacts> = {}): LayerFacts => ({
  ...{ id: 'w', name: 'w', role: 'weight', dims: [40, 50], dtype: 'float32', bytes: 8000, channelAxis: 1 },
  uses: [{ op: 'MatMul', node: 'y', input: 1 }],
  ...more,
});
const steps = (...list: object[]) => parseRecipe({ pare: 1, steps: list }).steps;
const taylor = { method: 'prune-weights', importance: 'taylor' };
const factorize = { method: 'factorize' };

it('of a layer: what some step does with it', () => {
  const recipe = steps({ method: 'prune-weights' }, taylor, factorize);
  expect(kindsOf(recipe, layer())).toEqual({ weights: 0, importance: 1, spectrum: 2 });
  expect(offered(kindsOf(recipe, layer({ role: 'bias', dims: [50] })))).toEqual(['weights']);
  // Both leave it alone.
  const skip = { layers: { w: { skip: true } } };
  expect(offered(kindsOf(steps({ ...taylor, ...skip }, { ...factorize, ...skip }), layer()))).toEqual(['weights']);
  expect(offered(kindsOf(steps({ ...taylor, pattern: '2:4' }), layer()))).toEqual(['weights']);
});

it('of the whole model there are no singular values', () => {
  expect(offered(kindsOf(steps(taylor, factorize), undefined))).toEqual(['weights', 'importance']);
});

it('shows what was picked where there is that, else what the last step is about', () => {
  const all = kindsOf(steps(taylor, factorize), layer());
  expect(shownOf(all, undefined)).toBe('spectrum');
  expect(shownOf(all, 'weights')).toBe('weights');
  expect(shownOf(kindsOf(steps(taylor), layer()), 'spectrum')).toBe('importance');
  expect(shownOf(kindsOf(steps(taylor, { method: 'quantize-weights' }), layer()), undefined)).toBe('weights');
  expect(shownOf(kindsOf(steps(taylor, { method: 'distill' }), layer()), undefined)).toBe('importance');
  expect(shownOf(kindsOf([], layer()), undefined)).toBe('weights');
});
