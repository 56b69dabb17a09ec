import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { FilePicker } from '../../ui/FilePicker.tsx';
import { openAsData } from '../actions/open.ts';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { RunningBar } from '../RunningBar.tsx';
import { measure, stopMeasuring } from './follow.ts';
import { type Status, useImportance } from './useImportance.ts';

/** In place of the histogram of importance: how far it is, what it waits for, or what went wrong. */
export function MeasuringState({ index }: { index: number }) {
  const { t } = useTranslation();
  const words = useErrorText();
  const { key, status } = useImportance(index);
  if (status.at === 'running') {
    return <RunningBar phase={t('progress.importance')} running={status.running} onCancel={() => stopMeasuring(key)} />;
  }
  if (status.at === 'failed') {
    return (
      <>
        <ErrorNote {...words(status.fault)} />
        <p>
          <MeasureButton of={key} again />
        </p>
      </>
    );
  }
  if (status.at === 'found') return null;
  const asks = status.at === 'unasked' || status.at === 'stopped';
  return (
    <EmptyState
      icon="chart"
      title={t(`importance.${status.at}.title`)}
      actions={
        asks ? (
          <MeasureButton of={key} />
        ) : status.at === 'no-data' ? (
          <FilePicker icon="upload" onFiles={openAsData}>
            {t('data.open')}
          </FilePicker>
        ) : undefined
      }
    >
      {t(`importance.${status.at}.hint`)}
    </EmptyState>
  );
}

function MeasureButton({ of, again }: { of: string; again?: boolean }) {
  const { t } = useTranslation();
  return <Button onPress={() => measure(of)}>{t(again ? 'importance.again' : 'importance.measure')}</Button>;
}

/** The same beside a slider, in a line. */
export function MeasuringNote({ index }: { index: number }) {
  const { key, status } = useImportance(index);
  const text = useLine(status);
  const asks = status.at === 'unasked' || status.at === 'stopped' || status.at === 'failed';
  return (
    <>
      {text} {asks && <MeasureButton of={key} again={status.at === 'failed'} />}
    </>
  );
}

function useLine(status: Status): string {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useErrorText();
  switch (status.at) {
    case 'found':
      return '';
    case 'failed':
      return words(status.fault).message;
    case 'running': {
      const { progress } = status.running;
      if (progress?.phase !== 'importance') return t('importance.soon.line');
      return t('importance.running', { done: format.integer(progress.done), total: format.integer(progress.total) });
    }
    default:
      return t(`importance.${status.at}.line`);
  }
}
