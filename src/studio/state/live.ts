import type { StoreApi } from 'zustand/vanilla';
import type { Recipe } from '../../recipe/schema.ts';
import type { Studio } from './create.ts';
import { takesData } from './withModel.ts';

/** How long the recipe must rest before a run starts by itself. */
const REST_MS = 350;

/**
 * Keeps result and verdict up to date by themselves while `settings.live` is on: compresses when the recipe has come to
 * rest, judges when a result stands. A failure waits for the next change instead of trying again.
 */
export function runLive(store: StoreApi<Studio>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let tried: { recipe?: Recipe; data?: Studio['data'] } = {};
  let judged: Studio['result'];

  const judge = (s: Studio) => {
    judged = s.result;
    void s.judge();
  };

  store.subscribe((s, old) => {
    if (!s.settings.live || s.phase !== 'open') return;
    const takes = s.recipe.steps.some(takesData);
    if (s.recipe !== old.recipe || s.settings.live !== old.settings.live || (takes && s.data !== old.data)) {
      clearTimeout(timer);
      // Who comes back to what was tried in vain, or cancelled, wants it tried again.
      if (s.recipe !== tried.recipe) tried = {};
      timer = setTimeout(() => {
        const now = store.getState();
        const data = now.recipe.steps.some(takesData) ? now.data : undefined;
        if (now.phase !== 'open') return;
        if (now.recipe === now.resultOf) {
          // Its result may have come while another recipe was being tried, when nobody asked for its verdict.
          if (stands(now) && now.result !== judged && now.reportOf !== now.resultOf) judge(now);
          return;
        }
        if (now.recipe === tried.recipe && data === tried.data) return;
        if (now.recipe.steps.length === 0) {
          // Nothing to do is a result too: the numbers of the last recipe must not stand beside an empty one.
          now.cancelCompress();
          store.setState({
            result: undefined,
            resultOf: undefined,
            reports: new Map(),
            report: undefined,
            reportOf: undefined,
          });
          return;
        }
        tried = { recipe: now.recipe, data };
        void now.compress();
      }, REST_MS);
    }
    // Cancelled while a newer recipe was coming to rest: that one is not wanted either.
    if (old.compressing && !s.compressing && s.paused === s.recipe) clearTimeout(timer);
    const fresh =
      s.result !== old.result || s.data?.preprocess !== old.data?.preprocess || s.data?.files !== old.data?.files;
    if (fresh && stands(s)) judge(s);
  });
}

/** Whether there is a result of this very recipe, and data to judge it on. */
const stands = (s: Studio) =>
  s.result !== undefined && s.data !== undefined && !s.data.problem && s.resultOf === s.recipe && !s.compressing;
