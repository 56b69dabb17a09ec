import { Fragment, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '../../recipe/schema.ts';
import { Card } from '../../ui/Card.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Icon } from '../../ui/icons.tsx';
import { openAsData } from '../actions/open.ts';
import { About } from '../explain/About.tsx';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { MeasuringNote } from '../importance/MeasuringState.tsx';
import { isMeasurable } from '../importance/measured.ts';
import { useStepLayers } from '../importance/useImportance.ts';
import { OtherModel } from '../otherModel/OtherModel.tsx';
import { StepFindings } from '../preflight/StepFindings.tsx';
import { useStudio } from '../state/store.ts';
import { takesData } from '../state/withModel.ts';
import { pageOf } from './controls.ts';
import { gesture } from './gesture.ts';
import { groupNotes, type NoteGroup, namesOf, stepOf } from './notes.ts';

export interface StepCardProps {
  step: Step;
  index: number;
  /** A name that stays the step's own while it is edited and moved. */
  id: string;
  handle: ReactNode;
  open: boolean;
  onToggle: (open: boolean) => void;
}

/** One step: its controls, and what went wrong with it or is worth knowing. Folded, one line of a sentence. */
export function StepCard({ step, index, id, handle, open, onToggle }: StepCardProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const setStep = useStudio((s) => s.setStep);
  const innerValues = useStudio((s) => s.innerValues);
  const removeStep = useStudio((s) => s.removeStep);
  const layers = useStepLayers(index);
  const selected = useStudio((s) => s.selected);
  const page = pageOf(step.method);
  const name = t(`recipe.methods.${step.method}.name`);
  return (
    <>
      <Card
        title={name}
        summary={page?.summary(step, t, format)}
        open={open}
        onToggle={onToggle}
        handle={handle}
        actions={
          <>
            {page && <About topic={page.topic} />}
            <IconButton icon="trash" label={t('recipe.remove', { name })} onPress={() => removeStep(index)} />
          </>
        }
      >
        {page ? (
          <Suspense fallback={<p className="ui-muted">{t('recipe.loadingControls')}</p>}>
            <page.Controls
              step={step}
              onChange={(change, merge) => setStep(index, change, merge && `${id}.${merge}.${gesture()}`)}
              context={{
                layers,
                selected,
                explain: (topic) => <About topic={topic} />,
                innerValues,
                ...(isMeasurable(step) && { measured: <MeasuringNote index={index} /> }),
                otherModel: (props) => <OtherModel {...props} />,
              }}
            />
          </Suspense>
        ) : (
          <p className="ui-muted">{t('recipe.noControls')}</p>
        )}
      </Card>
      <StepErrors step={step} index={index} />
      <StepFindings step={step} index={index} />
      <StepNotes index={index} />
    </>
  );
}

/** Failures that name this step, and data to open where that is what it lacks. */
function StepErrors({ step, index }: { step: Step; index: number }) {
  const faults = useStudio((s) => s.faults);
  const hasData = useStudio((s) => s.data !== undefined);
  const dismiss = useStudio((s) => s.dismiss);
  const words = useErrorText();
  return faults
    .filter((f) => (f.about === 'recipe' || f.about === 'compress') && stepOf(f.error) === index)
    .map((f) => (
      <Fragment key={f.about}>
        <ErrorNote {...words(f.error)} onDismiss={() => dismiss(f)} />
        {f.about === 'compress' && !hasData && takesData(step) && <OpenData />}
      </Fragment>
    ));
}

function OpenData() {
  const { t } = useTranslation();
  return (
    <div className="recipe-data">
      <FilePicker icon="upload" onFiles={openAsData}>
        {t('data.open')}
      </FilePicker>
      <FilePicker kind="quiet" folder onFiles={openAsData}>
        {t('data.openFolder')}
      </FilePicker>
    </div>
  );
}

/** What the last run of this recipe decided about this step. */
function StepNotes({ index }: { index: number }) {
  const notes = useStudio((s) => (s.resultOf === s.recipe ? s.result?.notes : undefined));
  const words = useNoteText();
  const groups = notes ? groupNotes(notes, index) : [];
  if (groups.length === 0) return null;
  return (
    <ul className="recipe-notes">
      {groups.map((group) => (
        <li key={`${group.key} ${JSON.stringify(group.values)}`}>
          <Icon name="info" size={14} />
          {words(group)}
        </li>
      ))}
    </ul>
  );
}

/** The words of a note in the reader's language; one that has no translation yet is told as it is. */
function useNoteText(): (group: NoteGroup) => string {
  const { t, i18n } = useTranslation();
  return ({ key, tensors, values }) => {
    const n = tensors.length;
    const known = i18n.exists(`recipe.notes.${key}`, { count: n }) && key !== 'other';
    const filled = { count: n, n, tensors: namesOf(tensors), ...values };
    if (known) return t(`recipe.notes.${key as 'skipped-nan'}`, filled);
    const rest = [...tensors, ...Object.entries(values).map(([k, v]) => `${k} ${v}`)];
    return t('recipe.notes.other', { key, values: namesOf(rest, 6) });
  };
}
