import './Start.css';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { actions } from '../actions/list.ts';
import { FaultNotes } from '../faults/FaultNotes.tsx';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import { SampleCards } from './SampleCards.tsx';

/** The page before a model is open: the whole window takes files, and samples are one click away. */
export function Start() {
  const { t } = useTranslation();
  const opening = useStudio((s) => s.opening);
  return (
    <div className="start">
      <div className="start-inner">
        <div className="start-drop">
          <h2>{t('start.title')}</h2>
          <p>{t('start.lead')}</p>
          <p className="start-private">{t('start.private')}</p>
          <div className="start-actions">
            {opening ? (
              <RunningBar phase={t('start.opening', { name: opening.name })} running={opening} />
            ) : (
              <>
                <Button kind="primary" icon="upload" onPress={actions.open.run}>
                  {t('common.open')}
                </Button>
                <Button onPress={actions.openFolder.run}>{t('common.openFolder')}</Button>
              </>
            )}
          </div>
          <p className="ui-muted">{t('start.paste')}</p>
        </div>
        <FaultNotes about={['open', 'storage']} />
        <SampleCards />
      </div>
    </div>
  );
}
