import { expect, it } from 'vitest';
import { parseRecipe } from '../../recipe/schema.ts';
import { edited } from './edit.ts';

const recipe = parseRecipe({ pare: 1, seed: 3, steps: [{ method: 'simplify' }, { method: 'quantize-blocks' }] });

it('makes the changes that a finding offers, and nothing else', () => {
  expect(edited(recipe, { step: 1, set: { bits: 8 } }).steps).toEqual([
    recipe.steps[0],
    { ...recipe.steps[1], bits: 8 },
  ]);
  expect(edited(recipe, { step: 1, replace: { method: 'quantize-dynamic' } }).steps).toEqual([
    recipe.steps[0],
    { method: 'quantize-dynamic' },
  ]);
  expect(edited(recipe, { step: 1, insert: { method: 'float16' } }).steps.map((s) => s.method)).toEqual([
    'simplify',
    'float16',
    'quantize-blocks',
  ]);
  expect(edited(recipe, { step: 1, set: {} }).seed).toBe(3);
});
