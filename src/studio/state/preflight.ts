import type { StoreApi } from 'zustand/vanilla';
import { newTask } from '../bridge/workers.ts';
import type { Studio } from './create.ts';
import type { SessionFiles } from './session.ts';
import { withModel } from './withModel.ts';

/** How long the recipe must rest before it is looked at. */
const REST_MS = 200;

/** Methods that a preflight knows something of. */
const KNOWN: ReadonlySet<string> = new Set(['quantize-dynamic', 'quantize-static', 'quantize-blocks', 'float16']);

/**
 * Looks at the recipe whenever it comes to rest, and again when a run has shown what its steps are really given; what is found stands
 * at the cards of the steps. A newer question makes an older one's answer worthless.
 */
export function runPreflight(store: StoreApi<Studio>, session: SessionFiles): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asked = 0;

  async function look(): Promise<void> {
    const { recipe, settings, data, phase } = store.getState();
    const task = newTask();
    asked = task;
    if (phase !== 'open') return;
    if (!recipe.steps.some((s) => KNOWN.has(s.method))) {
      store.setState({ findings: [], findingsOf: recipe });
      return;
    }
    const device = { backend: settings.backend === 'webgpu' ? 'webgpu' : 'wasm' } as const;
    try {
      const findings = await withModel(store.getState, session, (e) =>
        e.preflight(recipe, device, data !== undefined, task),
      );
      if (asked === task) store.setState({ findings, findingsOf: recipe });
    } catch {
      // What keeps a preflight from ending keeps the run from it too, which says so.
    }
  }

  store.subscribe((s, old) => {
    const changed =
      s.recipe !== old.recipe ||
      s.result !== old.result ||
      s.toSketch !== old.toSketch ||
      (s.data === undefined) !== (old.data === undefined) ||
      s.settings.backend !== old.settings.backend;
    if (!changed || s.phase !== 'open') return;
    clearTimeout(timer);
    timer = setTimeout(look, REST_MS);
  });
}
