import { useTranslation } from 'react-i18next';
import type { Estimate, JudgeReport } from '../../judge/types.ts';
import { Verdict } from '../../ui/Verdict.tsx';
import { reportIsCurrent } from '../current.ts';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { qualityOf } from './quality.ts';

const emptyWords = {
  fit: 'verdicts.notMeasuredAtAll',
  unfit: 'verdicts.dataUnfit',
  none: 'verdicts.accuracyNoData',
} as const;

/** How often each model is right, on the same samples; without labels, how often they agree. Never forecast: only measured. */
export function AccuracyVerdict({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const report = useStudio((s) => s.report);
  const current = useStudio(reportIsCurrent);
  const data = useStudio((s) => (s.data ? (s.data.problem ? 'unfit' : 'fit') : 'none'));
  if (!report) {
    return (
      <Verdict
        label={t('verdicts.accuracy')}
        empty={t(emptyWords[data])}
        explain={!compact && <About topic="accuracy" />}
        compact={compact}
      />
    );
  }
  const shown = { report, current, compact };
  if (report.original && report.compressed) return <Top1 {...shown} />;
  return report.comparison.mse ? <Regression {...shown} /> : <Agreement {...shown} />;
}

interface Shown {
  report: JudgeReport;
  current: boolean;
  compact?: boolean;
}

/** `95 %: −0.4 … 0.0 pp · on 2,000 samples`, or how far it is. */
function useCertainty({ report, current, compact }: Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  return (interval?: Estimate, write: (v: number) => string = (v) => format.points(v, 2)) => {
    if (!current) return t('verdicts.notMeasured');
    if (compact) return undefined;
    const on =
      report.done < report.total
        ? t('verdicts.soFar', { done: format.integer(report.done), total: format.integer(report.total) })
        : t('verdicts.on', { count: report.done, n: format.integer(report.done) });
    if (!interval) return on;
    return `${t('verdicts.interval', { low: write(interval.low).replace(/ (pp|%)$/, ''), high: write(interval.high) })} · ${on}`;
  };
}

function Top1(shown: Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const certainty = useCertainty(shown);
  const { original, compressed, comparison } = shown.report;
  const change = shown.current ? comparison.top1Change : undefined;
  return (
    <Verdict
      label={t('verdicts.accuracy')}
      before={format.percent(original!.top1.value, 2)}
      after={shown.current ? format.percent(compressed!.top1.value, 2) : undefined}
      change={change && format.points(change.value, 2)}
      quality={change && qualityOf(change)}
      certainty={certainty(change)}
      explain={!shown.compact && <About topic="accuracy" />}
      compact={shown.compact}
    />
  );
}

function Agreement(shown: Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const certainty = useCertainty(shown);
  const { evidence, comparison } = shown.report;
  const { agreement, sqnr } = comparison;
  const measured = agreement ? format.percent(agreement.value, 2) : format.decibels(sqnr);
  return (
    <Verdict
      label={t(agreement ? 'verdicts.agreement' : 'verdicts.outputError')}
      after={shown.current ? measured : undefined}
      empty={t('verdicts.notMeasured')}
      explain={!shown.compact && <About topic={agreement ? 'agreement' : 'sqnr'} />}
      change={shown.current && agreement ? t('verdicts.sqnrOnly', { sqnr: format.decibels(sqnr) }) : undefined}
      certainty={
        shown.current && !shown.compact
          ? `${certainty(agreement, (v) => format.percent(v, 2))} · ${t(
              evidence === 'synthetic' ? 'verdicts.accuracySynthetic' : 'verdicts.accuracyNoLabels',
            )}`
          : undefined
      }
      compact={shown.compact}
    />
  );
}

function Regression(shown: Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const certainty = useCertainty(shown);
  const { mse } = shown.report.comparison;
  const { original, compressed } = mse!;
  const ratio = compressed.value / original.value;
  return (
    <Verdict
      label={t('verdicts.mse')}
      before={format.significant(original.value)}
      after={shown.current ? format.significant(compressed.value) : undefined}
      change={shown.current && Number.isFinite(ratio) ? format.ratio(ratio) : undefined}
      certainty={certainty(shown.current ? compressed : undefined, format.significant)}
      compact={shown.compact}
    />
  );
}
