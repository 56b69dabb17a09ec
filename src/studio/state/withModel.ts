import type { NamedFile, OpenedModel, OtherModel } from '../../../workers/contract.ts';
import { referencesOf } from '../../recipe/references.ts';
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
let held: { worker: number; data?: StudioState['data']; others: Set<string> } = { worker: 0, others: new Set() };
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
  held = { worker: engine.started, others: new Set() };
  return opened;
}

/**
 * Calls the engine worker, giving it the model again first when it is a new one after a death.
 * @param needs the data that the call works on, or that there is none, beside other models that the recipe asks for; what the worker
 * holds is left alone without it
 * @throws PareError the call's own, `worker/died`, and of opening the data and the other models
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
  if (needs) await giveOthers(get);
  return engine.call(call);
}

/** Opens a model that a step may ask for beside the open one. @throws PareError as `EngineWorker.openOther` */
export async function giveOther(
  get: GetState,
  session: SessionFiles,
  files: readonly NamedFile[],
): Promise<OtherModel> {
  const opened = await withModel(get, session, (e) => e.openOther([...files], newTask()));
  held.others.add(opened.reference.sha256);
  return opened;
}

/** Gives the engine worker the other models that the recipe asks for, as far as they are at hand. */
async function giveOthers(get: GetState): Promise<void> {
  const { recipe, others } = get();
  for (const { sha256 } of referencesOf(recipe)) {
    const other = others.get(sha256);
    if (!other || held.others.has(sha256)) continue;
    await engine.call((e) => e.openOther(other.files, newTask()));
    held.others.add(sha256);
  }
}
