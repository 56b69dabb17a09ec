import './Learning.css';
import { Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import type { LineSeries } from '../../ui/LineChart.tsx';
import { LineChart } from '../../ui/lazyCharts.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { RunningBar } from '../RunningBar.tsx';
import { useStudio } from '../state/store.ts';
import { type Curve, curvesOf, type StepCurves } from './curves.ts';

/** Loss and held-out accuracy while a step learns, and afterwards. */
export default function LearningTab() {
  const { t } = useTranslation();
  const points = useStudio((s) => s.curves);
  const compressing = useStudio((s) => s.compressing);
  const cancel = useStudio((s) => s.cancelCompress);
  const enough = useStudio((s) => s.enough);
  const steps = useMemo(() => curvesOf(points), [points]);
  return (
    <div className="learning">
      {compressing?.learns && (
        <>
          <RunningBar phase={t('verdicts.compressing')} running={compressing} onCancel={cancel} />
          <div>
            <Button onPress={enough}>{t('verdicts.enough')}</Button>
          </div>
        </>
      )}
      <Stopped steps={steps} />
      {steps.map((step) => (
        <Step key={step.step} curves={step} />
      ))}
      {steps.length === 0 && (
        <EmptyState icon="chart" title={t('learning.empty')}>
          {t('learning.emptyAbout')}
        </EmptyState>
      )}
    </div>
  );
}

/** How far a run came that was stopped, and the way on: what it learned is kept. */
function Stopped({ steps }: { steps: readonly StepCurves[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const stopped = useStudio((s) => s.paused === s.recipe && !s.compressing);
  const compress = useStudio((s) => s.compress);
  const unfinished = steps.findLast((s) => s.last < s.of);
  if (!stopped || !unfinished) return null;
  const { last, of } = unfinished;
  return (
    <div className="learning-stopped">
      <p role="status">{t('learning.stopped', { at: format.integer(last), of: format.integer(of) })}</p>
      <Button icon="play" onPress={() => void compress()}>
        {t('learning.goOn')}
      </Button>
    </div>
  );
}

function Step({ curves }: { curves: StepCurves }) {
  const { t } = useTranslation();
  const format = useFormat();
  const labelled = useStudio((s) => s.data?.labelled === 'labels');
  const method = useStudio((s) => s.recipe.steps[curves.step]?.method);
  const { best, teacher } = curves;
  const name = (series: string) => (series === 'teacher' ? t('learning.teacher') : t('learning.student'));
  const line = (curve: Curve): LineSeries => ({
    name: name(curve.series),
    side: curve.series === 'teacher' ? 'before' : 'after',
    points: curve.points,
  });
  const measure = t(labelled ? 'learning.top1' : 'learning.agreement');
  const held = curves.held.map(line);
  if (teacher !== undefined && labelled && !curves.held.some((c) => c.series === 'teacher')) {
    const ends = [0, curves.of].map((x) => ({ x, y: teacher }));
    held.push({ name: t('learning.teacher'), side: 'before', points: ends });
  }
  const percent = (share: number) => format.percent(share);
  return (
    <section className="learning-step">
      <h2>
        {curves.step + 1}. {method ? t(`recipe.methods.${method}.name`) : ''}
      </h2>
      {best && (
        <p className="ui-muted">
          {t('learning.best', { held: percent(best.held), at: format.integer(best.at), of: format.integer(curves.of) })}
        </p>
      )}
      <Suspense fallback={<div className="learning-chart" />}>
        {held.length > 0 && (
          <div className="learning-chart">
            <LineChart
              title={t('learning.held')}
              summary={t('learning.heldSummary', { measure, best: best ? percent(best.held) : '–' })}
              xLabel={t('learning.updates')}
              yLabel={measure}
              series={held}
              xEnd={curves.of}
              yFormat={percent}
              fileName="held-out"
            />
          </div>
        )}
        {curves.loss.length > 0 && (
          <div className="learning-chart">
            <LineChart
              title={t('learning.loss')}
              summary={t('learning.lossSummary', { last: format.significant(curves.loss[0].points.at(-1)!.y, 3) })}
              xLabel={t('learning.updates')}
              yLabel={t('learning.loss')}
              series={curves.loss.map(line)}
              xEnd={curves.of}
              fileName="loss"
            />
          </div>
        )}
      </Suspense>
    </section>
  );
}
