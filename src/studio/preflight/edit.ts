import type { RecipeEdit } from '../../methods/ort/preflight.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';

/** The recipe after a finding's fix. */
export function edited(recipe: Recipe, edit: RecipeEdit): Recipe {
  const steps = recipe.steps.flatMap((step, i): Step[] => {
    if (i !== edit.step) return [step];
    if ('set' in edit) return [{ ...step, ...edit.set }];
    if ('replace' in edit) return [edit.replace as Step];
    return [edit.insert as Step, step];
  });
  return { ...recipe, steps };
}
