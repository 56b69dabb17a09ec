import { createStore } from 'zustand/vanilla';
import type { PareErrorData } from '../../base/errors.ts';
import type { Recipe } from '../../recipe/schema.ts';
import type { Running } from '../state/types.ts';
import { importanceKey, isMeasurable, type Scores } from './measured.ts';

/** How far the importance that a step compares by has been measured. */
export type Measuring =
  | { at: 'running'; running: Running }
  | { at: 'found'; scores: Scores }
  | { at: 'failed'; fault: PareErrorData }
  | { at: 'stopped' };

export interface ImportanceState {
  /** By `importanceKey`, of the open model and data; the newest last. */
  known: ReadonlyMap<string, Measuring>;
  /** What a person asked for last. */
  wanted?: { key: string };
}

/** What has been measured, and what is under way. Not kept over a reload: it is measured again. */
export const importance = createStore<ImportanceState>(() => ({ known: new Map() }));

/** The scores of each step of a recipe, as far as they have been measured. */
export function scoresOf(recipe: Recipe, { known }: ImportanceState): (Scores | undefined)[] {
  return recipe.steps.map((step, i) => {
    const found = isMeasurable(step) ? known.get(importanceKey(recipe, i)) : undefined;
    return found?.at === 'found' ? found.scores : undefined;
  });
}
