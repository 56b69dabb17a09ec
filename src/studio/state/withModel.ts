import type { NamedFile, OpenedModel } from '../../../workers/contract.ts';
import type { Step } from '../../recipe/schema.ts';
import { engine, newTask } from '../bridge/workers.ts';
import type { GetState } from './create.ts';
import type { SessionFiles } from './session.ts';
import type { StudioState } from './types.ts';

/** Methods whose result is the same whatever the data. */
const WITHOUT_DATA: ReadonlySet<string> = new Set([
  'simplify',
  'quantize-weights',
  'quantize-blocks',
  'quantize-dynamic',
  'float16',
  'factorize',
]);

/** Whether a step calibrates on the data or learns from it. */
export function takesData({ method, importance }: Step): boolean {
  return !WITHOUT_DATA.has(method) && importance !== 'magnitude';
}

/** What the engine worker holds, and which worker that is. */
let held: { worker: number; data?: StudioState['data'] } = { worker: 0 };
/** The model on its way to a new engine worker, which calls that come meanwhile wait for. */
let returning: Promise<unknown> | undefined;

const holdsModel = () => engine.running && held.worker === engine.started;

/** Opens a model in the engine worker. @throws PareError as `EngineWorker.open` */
export async function giveModel(
  files: readonly NamedFile[],
  session: SessionFiles,
  task: number,
): Promise<OpenedModel> {
  const opened = await engine.call((e) => e.open([...files], session.id, task));
  held = { worker: engine.started };
  return opened;
}

/**
 * Calls the engine worker, giving it the model again first when it is a new one after a death.
 * @param needs the data that the call works on, or that there is none; what the worker holds is left alone without it
 * @throws PareError the call's own, `worker/died`, and of opening the data
 */
export async function withModel<R>(
  get: GetState,
  session: SessionFiles,
  call: Parameters<typeof engine.call<R>>[0],
  needs?: { data: StudioState['data'] },
): Promise<R> {
  const { model } = get();
  if (!holdsModel() && model) {
    returning ??= giveModel(model.files, session, newTask()).finally(() => {
      returning = undefined;
    });
  }
  await returning;
  if (needs && held.data !== needs.data) {
    const { data } = needs;
    if (data) await engine.call((e) => e.openData(data.files, data.preprocess));
    else await engine.call(async (e) => e.closeData());
    held.data = data;
  }
  return engine.call(call);
}
