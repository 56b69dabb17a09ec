import './Accuracy.css';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { actions } from '../actions/list.ts';
import { useAction } from '../actions/useActions.ts';
import { FaultNotes } from '../faults/FaultNotes.tsx';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import { ClassBars } from './ClassBars.tsx';
import { Confusion } from './Confusion.tsx';
import { EvidenceNote } from './EvidenceNote.tsx';
import { JudgeSettings } from './JudgeSettings.tsx';
import { Measures } from './Measures.tsx';
import { classChanges } from './measures.ts';

/** The verdict in full: every measure with its interval, what it rests on, where the answers changed. */
export default function AccuracyTab() {
  const { t } = useTranslation();
  const report = useStudio((s) => s.report);
  const judging = useStudio((s) => s.judging);
  const cancel = useStudio((s) => s.cancelJudge);
  const hasData = useStudio((s) => s.data !== undefined);
  const measure = useAction(actions.measure);
  const changes = useMemo(() => (report ? classChanges(report) : []), [report]);
  return (
    <div className="accuracy">
      <JudgeSettings />
      <FaultNotes about={['judge']} />
      {judging && <RunningBar phase={t('verdicts.measuring')} running={judging} onCancel={cancel} />}
      {report ? (
        <>
          <EvidenceNote report={report} />
          <Measures report={report} />
          {changes.length > 0 && <ClassBars changes={changes} />}
          {report.original && report.compressed && <Confusion report={report} />}
        </>
      ) : (
        !judging && (
          <EmptyState
            icon="chart"
            title={t('accuracy.empty')}
            actions={
              <Button isDisabled={measure.isDisabled} onPress={measure.onPress}>
                {t('accuracy.measure')}
              </Button>
            }
          >
            {t(hasData ? 'accuracy.emptyData' : 'accuracy.emptyNoData')}
          </EmptyState>
        )
      )}
    </div>
  );
}
