import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import type { PareErrorData } from '../../base/errors.ts';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { stepOf } from '../recipe/notes.ts';
import { useStudio } from '../state/store.ts';
import type { Fault } from '../state/types.ts';

/** The words of an error in the reader's language: what happened, and what to do. */
export function useErrorText(): (error: PareErrorData) => { message: string; hint: string; code: string } {
  const { t, i18n } = useTranslation();
  return (error) => {
    const todo = t(`errors.${error.code}.todo`);
    // The engine speaks English: its own hint is the better one there, elsewhere the translated one comes first.
    const hint = i18n.language === 'en' ? `${error.message} ${error.hint ?? todo}` : `${todo}（${error.message}）`;
    return { message: t(`errors.${error.code}.title`), hint, code: error.code };
  };
}

export interface FaultNotesProps {
  about: readonly Fault['about'][];
  /** Those of a step are shown at its card, which is in sight. */
  besideSteps?: boolean;
}

/** The failures that belong here, beside what they are about. */
export function FaultNotes({ about, besideSteps }: FaultNotesProps) {
  const faults = useStudio(
    useShallow((s) =>
      s.faults.filter((f) => {
        const step = stepOf(f.error);
        const atStep = step !== undefined && step < s.recipe.steps.length;
        return about.includes(f.about) && !(besideSteps && atStep && f.about === 'compress');
      }),
    ),
  );
  const dismiss = useStudio((s) => s.dismiss);
  const words = useErrorText();
  return faults.map((fault) => (
    <ErrorNote key={fault.about} {...words(fault.error)} onDismiss={() => dismiss(fault)} />
  ));
}
