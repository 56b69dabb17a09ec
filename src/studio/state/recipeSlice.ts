import { parseRecipe, parseRecipeText, parseStep, type Recipe, type Step } from '../../recipe/schema.ts';
import type { GetState, SetState } from './create.ts';
import { clearFaults, showFault, showImportFault } from './faults.ts';
import type { StudioActions } from './types.ts';

/** How many changes can be undone. */
const DEPTH = 200;

type RecipeActions = Pick<
  StudioActions,
  'editRecipe' | 'addStep' | 'removeStep' | 'moveStep' | 'setStep' | 'importRecipe' | 'undo' | 'redo'
>;

/** The recipe with the very steps of the old one where they say the same: forecasts know by identity what has not changed. */
function keepSteps(next: Recipe, old: Recipe): Recipe {
  const known = new Map(old.steps.map((step) => [JSON.stringify(step), step]));
  return { ...next, steps: next.steps.map((step) => known.get(JSON.stringify(step)) ?? step) };
}

/** The recipe and its history. Every change is checked by the engine's own schema before it is taken. */
export function recipeSlice(set: SetState, get: GetState): RecipeActions {
  // The key of the change on top of the history, so that a drag becomes one entry.
  let mergeKey: string | undefined;

  function take(recipe: Recipe, merge?: string): void {
    const { recipe: old, past } = get();
    const joins = merge !== undefined && merge === mergeKey && past.length > 0;
    mergeKey = merge;
    clearFaults(set, 'recipe');
    set({ recipe, past: joins ? past : [...past.slice(-DEPTH), old], future: [] });
  }

  function editRecipe(change: (recipe: Recipe) => Recipe, merge?: string): void {
    const old = get().recipe;
    try {
      const next = parseRecipe(change(old));
      if (JSON.stringify(next) !== JSON.stringify(old)) take(keepSteps(next, old), merge);
    } catch (error) {
      showFault(set, 'recipe', error);
    }
  }

  const editSteps = (change: (steps: Step[]) => Step[], merge?: string) =>
    editRecipe((r) => ({ ...r, steps: change(r.steps) }), merge);

  return {
    editRecipe,
    addStep: (step) => editSteps((steps) => [...steps, parseStep(step)]),
    removeStep: (index) => editSteps((steps) => steps.filter((_, i) => i !== index)),
    moveStep: (from, to) =>
      editSteps((steps) => {
        const rest = steps.filter((_, i) => i !== from);
        rest.splice(to, 0, steps[from]);
        return rest;
      }),
    setStep: (index, options, merge) =>
      editSteps(
        (steps) =>
          steps.map((s, i) => {
            if (i !== index) return s;
            // An option set to undefined goes back to its default.
            const next = { ...s, ...options };
            return Object.fromEntries(Object.entries(next).filter(([, v]) => v !== undefined)) as Step;
          }),
        merge,
      ),
    importRecipe(text) {
      try {
        take(parseRecipeText(text));
      } catch (error) {
        showImportFault(set, error);
      }
    },
    undo() {
      const { past, recipe, future } = get();
      if (past.length === 0) return;
      mergeKey = undefined;
      set({ recipe: past[past.length - 1], past: past.slice(0, -1), future: [recipe, ...future] });
    },
    redo() {
      const { past, recipe, future } = get();
      if (future.length === 0) return;
      mergeKey = undefined;
      set({ recipe: future[0], past: [...past, recipe], future: future.slice(1) });
    },
  };
}
