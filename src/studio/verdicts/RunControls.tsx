import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Explain } from '../../ui/Explain.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { actions } from '../actions/list.ts';
import { useAction } from '../actions/useActions.ts';
import { resultIsCurrent } from '../current.ts';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';

/** What runs now, with Cancel; else the buttons that start it, and whether it starts by itself. The height stays the same. */
export function RunControls() {
  const { t } = useTranslation();
  const compressing = useStudio((s) => s.compressing);
  const judging = useStudio((s) => s.judging);
  const cancelCompress = useStudio((s) => s.cancelCompress);
  const enough = useStudio((s) => s.enough);
  const cancelJudge = useStudio((s) => s.cancelJudge);
  return (
    <div className="verdicts-run">
      {compressing ? (
        <>
          <RunningBar phase={t('verdicts.compressing')} running={compressing} onCancel={cancelCompress} />
          {compressing.learns && <Button onPress={enough}>{t('verdicts.enough')}</Button>}
        </>
      ) : judging ? (
        <RunningBar phase={t('verdicts.measuring')} running={judging} onCancel={cancelJudge} />
      ) : (
        <Buttons />
      )}
    </div>
  );
}

function Buttons() {
  const { t } = useTranslation();
  const live = useStudio((s) => s.settings.live);
  const current = useStudio(resultIsCurrent);
  const paused = useStudio((s) => s.paused === s.recipe && s.recipe.steps.length > 0);
  const setSettings = useStudio((s) => s.setSettings);
  const compress = useAction(actions.compress);
  const measure = useAction(actions.measure);
  return (
    <>
      <Switch
        label={t('verdicts.live')}
        checked={live}
        onChange={(on) => setSettings({ live: on })}
        explain={<Explain title={t('verdicts.live')}>{t('verdicts.liveNote')}</Explain>}
      />
      <span className="verdicts-buttons">
        {(!live || (paused && !current)) && (
          <Button isDisabled={compress.isDisabled || current} onPress={compress.onPress}>
            {t('verdicts.compress')}
          </Button>
        )}
        <Button isDisabled={measure.isDisabled} onPress={measure.onPress}>
          {t('verdicts.measure')}
        </Button>
      </span>
    </>
  );
}
