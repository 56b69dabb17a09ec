import type { NamedFile } from '../../../workers/contract.ts';
import { referencesOf } from '../../recipe/references.ts';
import { OTHER_PACK } from '../../storage/pack.ts';
import { engine, newTask } from '../bridge/workers.ts';
import type { GetState, SetState } from './create.ts';
import type { SessionFiles } from './session.ts';
import type { OtherFile, StudioActions } from './types.ts';
import { giveOther } from './withModel.ts';

/** The models that steps ask for beside the open one. */
export function othersSlice(session: SessionFiles): (set: SetState, get: GetState) => Pick<StudioActions, 'openOther'> {
  return (set, get) => {
    const put = (other: OtherFile) => set((s) => ({ others: new Map(s.others).set(other.reference.sha256, other) }));

    async function keep(other: OtherFile): Promise<void> {
      const { sha256 } = other.reference;
      const kept = await engine
        .call((e) => e.keep(`${OTHER_PACK}${sha256}`, other.files, session.id, newTask()))
        .catch(() => false);
      // Not where another model was opened meanwhile.
      if (get().others.get(sha256)?.files === other.files) put({ ...other, kept });
    }

    return {
      async openOther(files: readonly NamedFile[]) {
        const { model } = get();
        const opened = await giveOther(get, session, files);
        const other = { ...opened, files: [...files] };
        if (get().model?.files !== model?.files) return opened.reference;
        put(other);
        void keep(other);
        const { recipe, resultOf, settings } = get();
        const waited = referencesOf(recipe).some((r) => r.sha256 === opened.reference.sha256);
        if (waited && settings.live && resultOf !== recipe) void get().compress();
        return opened.reference;
      },
    };
  };
}
