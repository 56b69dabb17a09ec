import { expect, test } from 'vitest';
import { PareError } from '../base/errors.ts';
import { parseRecipe, parseRecipeText, recipeText } from './schema.ts';

const step = (options: object) => ({
  pare: 1,
  steps: [{ method: 'prune-weights' }, { method: 'quantize-weights', ...options }],
});

function fault(input: unknown): PareError {
  try {
    parseRecipe(input);
  } catch (error) {
    return error as PareError;
  }
  throw new Error('the recipe was taken');
}

test('defaults are filled in, and parsing what was written changes nothing', () => {
  const recipe = parseRecipe(step({ bits: 4 }));
  expect(recipe.seed).toBe(0);
  expect(recipe.steps[1]).toMatchObject({ method: 'quantize-weights', bits: 4, scheme: 'symmetric' });
  expect(parseRecipeText(recipeText(recipe))).toEqual(recipe);
});

test.each([
  [{ pare: 1, steps: [{ method: 'prune-weights', sparsity: 1.5 }] }, 'steps[0].sparsity', /expected ≤ ?1, got 1\.5/],
  [step({ bits: 9 }), 'steps[1].bits', /got 9/],
  [step({ bits: '4' }), 'steps[1].bits', /got "4"/],
  [step({ granularity: 'block', scheme: 'codebook' }), 'steps[1].granularity', /expected tensor or channel/],
  [step({ layers: { 'fc1.weight': { bits: 40 } } }), 'steps[1].layers.fc1.weight.bits', /got 40/],
  [step({ colour: 1 }), 'steps[1].colour', /unknown key/],
  [{ pare: 1, steps: [{ method: 'magic' }] }, 'steps[0].method', /expected one of .*prune-weights.* got "magic"/],
  [{ pare: 1, steps: [{ bits: 4 }] }, 'steps[0].method', /./],
  [{ pare: 2, steps: [] }, 'pare', /expected 1, got 2/],
  [{ pare: 1, steps: [], extra: 1 }, 'extra', /unknown key/],
  [{ pare: 1, seed: -1, steps: [] }, 'seed', /got -1/],
  [{ pare: 1, steps: Array.from({ length: 65 }, () => ({ method: 'prune-weights' })) }, 'steps', /./],
  [null, 'recipe', /got null/],
  [[], 'pare', /./],
])('%j is refused at %s', (input, path, message) => {
  const error = fault(input);
  expect(error).toBeInstanceOf(PareError);
  expect(error.code).toBe('recipe/invalid');
  expect(error.where).toBe(path);
  expect(error.message).toMatch(message);
});

test('text that is not JSON says so', () => {
  expect(() => parseRecipeText('{"pare":')).toThrow(/not JSON/);
});
