import type { StoreApi } from 'zustand/vanilla';
import type { CompressResult, OtherModel } from '../../../workers/contract.ts';
import type { Preprocess } from '../../datasets/types.ts';
import type { JudgeReport } from '../../judge/types.ts';
import type { Recipe } from '../../recipe/schema.ts';
import { filesIn, folder } from '../../storage/opfs.ts';
import { OTHER_PACK, readPack } from '../../storage/pack.ts';
import { forget, loadRecord, type SessionRecord, saveRecord, sessionFolder, takeSession } from '../bridge/session.ts';
import type { Studio } from './create.ts';
import { groupReports } from './runSlice.ts';
import type { OtherFile, StudioState } from './types.ts';

/** Where this tab's files go. `id` is '' until the session is taken, and where there is no storage. */
export interface SessionFiles {
  id: string;
  /** Removes everything kept. */
  clear(): Promise<void>;
}

/** What a reload brings back, besides the files. Structured-cloned into IndexedDB as it is. */
interface Saved extends SessionRecord {
  recipe: Recipe;
  past: Recipe[];
  future: Recipe[];
  selected?: string;
  preprocess?: Preprocess;
  /** Other models that steps ask for, without their files, which are in packs of their own. */
  others?: OtherModel[];
  /** The result without its files, which are found by name. */
  result?: Omit<CompressResult, 'file' | 'external'> & { fileName: string; externalName?: string };
  resultOf?: Recipe;
  report?: JudgeReport;
  reportOf?: Recipe;
  sizes?: StudioState['sizes'];
}

const SAVE_MS = 400;

export function newSession(): SessionFiles {
  const session: SessionFiles = {
    id: '',
    async clear() {
      if (session.id) await forget(session.id);
    },
  };
  return session;
}

function toSave(s: Studio): Saved {
  const { recipe, past, future, selected, resultOf, report, reportOf, sizes } = s;
  const saved: Saved = { savedAt: Date.now(), recipe, past, future, selected, resultOf, report, reportOf, sizes };
  if (s.data) saved.preprocess = s.data.preprocess;
  if (s.others.size)
    saved.others = Array.from(s.others.values(), ({ reference, info, costs }) => ({ reference, info, costs }));
  if (s.result) {
    const { file, external, ...rest } = s.result;
    saved.result = { ...rest, fileName: file.name, ...(external && { externalName: external.name }) };
  }
  return saved;
}

/** Takes up a session, brings back what it holds, and keeps it up to date from then on. */
export async function keepSession(store: StoreApi<Studio>, session: SessionFiles): Promise<void> {
  try {
    session.id = await takeSession();
    await restore(store, session.id);
  } catch {
    // Storage is refused here (a private window, a full disk): the page works, and a reload starts anew.
    session.id = '';
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    const s = store.getState();
    if (session.id && s.phase === 'open') void saveRecord(session.id, toSave(s)).catch(() => {});
  };
  store.subscribe((s, old) => {
    const changed =
      s.recipe !== old.recipe ||
      s.result !== old.result ||
      s.report !== old.report ||
      s.data !== old.data ||
      s.others !== old.others ||
      s.selected !== old.selected ||
      s.sizes !== old.sizes;
    if (changed && !timer) timer = setTimeout(save, SAVE_MS);
  });
  addEventListener('pagehide', () => timer && save());
}

async function restore(store: StoreApi<Studio>, id: string): Promise<void> {
  const dir = await sessionFolder(id);
  const files = dir && (await readPack(dir, 'model'));
  if (!dir || !files) return;
  const saved = await loadRecord<Saved>(id);
  const { openFiles } = store.getState();
  await openFiles(files, true);
  if (store.getState().phase !== 'open' || !saved) return;
  const { recipe, past, future, selected } = saved;
  // A run that the reload cut off goes on when asked: not by itself, since it may be what brought the page down.
  store.setState({ recipe, past, future, selected, paused: recipe, others: await othersIn(dir, saved) });
  const outputs = await filesIn(await folder(dir, 'out'));
  const file = outputs.find((f) => f.name === saved.result?.fileName);
  const data = saved.preprocess && (await readPack(dir, 'data'));
  if (data) {
    await store.getState().openData(data, true);
    if (saved.preprocess && store.getState().data) await store.getState().setPreprocess(saved.preprocess);
  }
  if (!file || !saved.result) return;
  const { externalName } = saved.result;
  // Kept beside its model; its own name is the one that the model knows.
  const outside = externalName === undefined ? undefined : outputs.find((f) => f.name === `${file.name}.data`);
  const external = outside && new File([outside], externalName!);
  // One without the other is no result.
  if (externalName !== undefined && !external) return;
  store.setState({
    result: { ...saved.result, file, ...(external && { external }) },
    resultOf: recipeLike(saved.resultOf, recipe),
    reports: groupReports(saved.result.reports),
    report: saved.report,
    reportOf: recipeLike(saved.reportOf, recipe),
    sizes: saved.sizes,
  });
}

/** Those whose files were kept whole. */
async function othersIn(dir: FileSystemDirectoryHandle, saved: Saved): Promise<StudioState['others']> {
  const found = new Map<string, OtherFile>();
  for (const other of saved.others ?? []) {
    const { sha256 } = other.reference;
    const files = await readPack(dir, OTHER_PACK + sha256);
    if (files) found.set(sha256, { ...other, files, kept: true });
  }
  return found;
}

/** The same object when it says the same: whether a result is of the current recipe is asked by identity. */
function recipeLike(saved: Recipe | undefined, current: Recipe): Recipe | undefined {
  return saved && JSON.stringify(saved) === JSON.stringify(current) ? current : saved;
}
