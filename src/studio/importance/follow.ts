import type { StoreApi } from 'zustand/vanilla';
import { askSoon, isReached } from '../bridge/asking.ts';
import type { Studio } from '../state/create.ts';
import { importanceKey, isMeasurable } from './measured.ts';
import { type ImportanceState, importance, type Measuring } from './store.ts';

/** So many measurements that the recipe has no use for are kept, so that undoing finds them. */
const KEPT = 4;

const without = (known: ImportanceState['known'], key: string) => new Map([...known].filter(([k]) => k !== key));

/** Says how far a measurement is; undefined is not begun. */
function mark(key: string, measuring: Measuring | undefined): void {
  importance.setState(({ known }) => {
    const next = without(known, key);
    return { known: measuring ? next.set(key, measuring) : next };
  });
}

/** Forgets the oldest of those that nobody uses. */
function tidy(used: ReadonlySet<string>): void {
  const { known } = importance.getState();
  const unused = [...known.keys()].filter((key) => !used.has(key));
  for (const key of unused.slice(0, -KEPT)) mark(key, undefined);
}

/**
 * Measures the importance that steps of the recipe compare by, one after the other, as soon as there is data and the recipe rests; where
 * the page does not run by itself, when asked. What nobody waits for any more is cancelled.
 */
export function followImportance(store: StoreApi<Studio>): void {
  let asked: { key: string; letGo: () => void } | undefined;

  function letGo(): void {
    const was = asked;
    asked = undefined;
    was?.letGo();
    if (was) mark(was.key, undefined);
  }

  /** Begins what is due, and ends what is not any more. */
  function look(): void {
    const s = store.getState();
    const { recipe, data, settings } = s;
    const { known, wanted } = importance.getState();
    const open = s.phase === 'open' && data !== undefined && !data.problem;
    const steps = open ? recipe.steps.flatMap((step, i) => (isMeasurable(step) ? [i] : [])) : [];
    const keyed = steps.map((index) => ({ index, key: importanceKey(recipe, index) }));
    if (asked && keyed.some((k) => k.key === asked?.key)) return;
    letGo();
    tidy(new Set(keyed.map((k) => k.key)));
    const due = keyed.find(
      ({ index, key }) =>
        !known.has(key) && (key === wanted?.key || (settings.live && isReached(recipe, index, s.resultOf))),
    );
    if (due) begin(due.index, due.key);
  }

  function begin(index: number, key: string): void {
    const running = { task: 0, startedAt: Date.now() };
    const ended = (measuring: Measuring) => {
      asked = undefined;
      mark(key, measuring);
      look();
    };
    mark(key, { at: 'running', running });
    asked = {
      key,
      letGo: askSoon(
        (task) =>
          store.getState().measureImportance(index, task, (progress) => {
            if (asked?.key === key) mark(key, { at: 'running', running: { ...running, progress } });
          }),
        (scores) => ended({ at: 'found', scores }),
        (fault) => ended({ at: 'failed', fault }),
      ),
    };
  }

  store.subscribe((s, old) => {
    if (s.data !== old.data || s.model?.files !== old.model?.files) {
      letGo();
      importance.setState({ known: new Map(), wanted: undefined });
    }
    const changed =
      s.recipe !== old.recipe ||
      s.data !== old.data ||
      s.phase !== old.phase ||
      s.resultOf !== old.resultOf ||
      s.settings.live !== old.settings.live;
    if (changed) look();
  });
  importance.subscribe((s, old) => {
    const stopped = asked && s.known.get(asked.key)?.at === 'stopped';
    if (stopped) {
      asked?.letGo();
      asked = undefined;
    }
    if (stopped || (s.wanted && s.wanted !== old.wanted)) look();
  });
  look();
}

/** Measures what failed, was stopped, or does not begin by itself. */
export function measure(key: string): void {
  importance.setState(({ known }) => ({ known: without(known, key), wanted: { key } }));
}

/** Stops measuring until it is asked for. */
export function stopMeasuring(key: string): void {
  importance.setState({ wanted: undefined });
  mark(key, { at: 'stopped' });
}
