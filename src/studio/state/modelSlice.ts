import { Comlink } from '../../../workers/comlink.ts';
import type { NamedFile } from '../../../workers/contract.ts';
import { PareError } from '../../base/errors.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import { engine, newTask, runner } from '../bridge/workers.ts';
import { type GetState, NO_MODEL, type SetState } from './create.ts';
import { clearFaults, showFault } from './faults.ts';
import { fetchSample, fetchSamples } from './samples.ts';
import type { SessionFiles } from './session.ts';
import type { StudioActions } from './types.ts';
import { giveModel } from './withModel.ts';

/** Models larger than this are compressed when asked, not while sliders move. */
const LIVE_BYTES = 32e6;

type ModelActions = Pick<
  StudioActions,
  'loadSamples' | 'openFiles' | 'openSample' | 'wouldLoseWork' | 'startOver' | 'select'
>;

/** Opening, sketching and closing models. */
export function modelSlice(session: SessionFiles): (set: SetState, get: GetState) => ModelActions {
  return (set, get) => {
    async function openFiles(files: readonly NamedFile[], kept = false): Promise<void> {
      const task = newTask();
      const start = performance.now();
      const name = files.find((f) => /\.onnx$/i.test(f.path))?.path ?? files[0]?.path ?? '';
      clearFaults(set, 'open');
      // What is open stays until the new model has proved readable.
      set({ opening: { task, startedAt: Date.now(), name }, phase: get().model ? 'open' : 'opening' });
      try {
        const opened = await giveModel(files, session, task);
        if (get().opening?.task !== task) return;
        if (runner.running) await runner.call((r) => r.closeData());
        const live = opened.info.bytes <= LIVE_BYTES;
        set((s) => ({
          ...NO_MODEL,
          phase: 'open',
          model: { info: opened.info, layers: opened.layers, files: [...files] },
          settings: { ...s.settings, live },
        }));
        performance.measure('pare:open', { start });
        await sketch(task);
        performance.measure('pare:sketch', { start });
        await count();
        if (kept) set({ kept });
        else await keep([...files]);
      } catch (error) {
        if (get().opening?.task === task) set((s) => ({ opening: undefined, phase: s.model ? 'open' : 'start' }));
        showFault(set, 'open', error);
      }
    }

    /** Brings the sketches in, a batch at a time. */
    async function sketch(task: number): Promise<void> {
      const take = (batch: [string, Sketch][]) => {
        const model = get().model;
        if (!model) return;
        const found = new Map(batch);
        const layers = model.layers.map((l) => (found.has(l.id) ? { ...l, sketch: found.get(l.id) } : l));
        set((s) => ({ model: { ...model, layers }, sketched: s.sketched + batch.length }));
      };
      set({ toSketch: get().model!.layers.filter((l) => /^b?float/.test(l.dtype)).length });
      const toSketch = await engine.call((e) => e.sketch(task, Comlink.proxy(take)));
      set({ toSketch });
    }

    /** Counts what running it costs. No one misses it where it cannot be counted. */
    async function count(): Promise<void> {
      const files = get().model?.files;
      const costs = await engine.call((e) => e.costs()).catch(() => undefined);
      if (get().model?.files === files) set({ costs });
    }

    async function keep(files: NamedFile[]): Promise<void> {
      try {
        const kept = await engine.call((e) => e.keep('model', files, session.id, newTask()));
        set({ kept });
      } catch {
        // Not being kept is said where it matters, beside the model; it is no failure of opening.
        set({ kept: false });
      }
    }

    return {
      openFiles,
      async loadSamples() {
        try {
          set({ samples: await fetchSamples() });
        } catch (error) {
          showFault(set, 'open', error);
        }
      },
      async openSample(id) {
        const card = get().samples?.find((s) => s.id === id);
        if (!card) return;
        set({ opening: { task: newTask(), startedAt: Date.now(), name: card.model } });
        engine.warm();
        try {
          const { model, data } = fetchSample(card);
          // The model is shown while its data is still under way; without the model nobody waits for it.
          data.catch(() => {});
          await openFiles(await model);
          const { model: opened } = get();
          const files = await data;
          // Another model may have been opened meanwhile.
          if (get().model?.files === opened?.files) await get().openData(files);
        } catch (error) {
          set({ opening: undefined });
          showFault(set, 'open', PareError.from(error));
        }
      },
      wouldLoseWork: () => get().past.length > 0 || get().recipe.steps.length > 0,
      async startOver() {
        engine.terminate();
        runner.terminate();
        set({ ...NO_MODEL, faults: [] });
        await session.clear();
      },
      select: (selected) => set({ selected }),
    };
  };
}
