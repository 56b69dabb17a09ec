import type { StoreApi } from 'zustand/vanilla';
import { recipeText } from '../../recipe/schema.ts';
import type { Studio } from '../state/create.ts';
import { showImportFault } from '../state/faults.ts';
import { recipeFromHash, recipeToHash } from './shareLink.ts';

/** The recipe must rest this long before the address follows: browsers refuse more than some hundred changes a minute. */
const REST_MS = 300;

/**
 * Keeps the recipe in the page's address, and takes it from there: at the start, when the first model is open, and whenever the
 * address is changed by hand. Called once, when the last session is back.
 */
export function keepInAddress(store: StoreApi<Studio>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** A recipe that came with the address and waits for a model. */
  let waiting = location.hash;

  const take = () => {
    const hash = waiting;
    waiting = '';
    try {
      const recipe = recipeFromHash(hash);
      const { recipe: now, importRecipe } = store.getState();
      // What a reload brought back already is no change to undo.
      if (recipe && recipeText(recipe) !== recipeText(now)) importRecipe(recipeText(recipe));
    } catch (error) {
      showImportFault(store.setState, error);
    }
  };
  const show = () => {
    const hash = recipeToHash(store.getState().recipe);
    if (hash !== location.hash) history.replaceState(history.state, '', hash || location.pathname + location.search);
  };

  if (store.getState().model) take();
  store.subscribe((s, old) => {
    if (waiting && s.model && !old.model) {
      // The store is still telling about the model; what is done to the recipe comes after.
      queueMicrotask(take);
      return;
    }
    if (s.recipe === old.recipe || waiting) return;
    clearTimeout(timer);
    timer = setTimeout(show, REST_MS);
  });
  addEventListener('hashchange', () => {
    waiting = location.hash;
    if (store.getState().model) take();
  });
}
