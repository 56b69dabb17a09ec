import { useTranslation } from 'react-i18next';
import { Verdict } from '../../ui/Verdict.tsx';
import { reportIsCurrent } from '../current.ts';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { qualityOf } from './quality.ts';

/** Time of one batch, before and after, on the backend that is named. */
export function SpeedVerdict({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const latency = useStudio((s) => s.report?.latency);
  const current = useStudio(reportIsCurrent);
  if (!latency) {
    return (
      <Verdict
        label={t('verdicts.speed')}
        empty={t('verdicts.notMeasuredAtAll')}
        explain={!compact && <About topic="latency" />}
        compact={compact}
      />
    );
  }
  const { backend, threads, batch, original, compressed, speedup } = latency;
  const on = t(backend === 'wasm' ? 'verdicts.speedThreads' : 'verdicts.speedOn', {
    backend: t(`accuracy.backendNames.${backend}`),
    threads,
    batch,
  });
  const interval = t('verdicts.interval', { low: format.ratio(speedup.low), high: format.ratio(speedup.high) });
  return (
    <Verdict
      label={t('verdicts.speed')}
      before={format.duration(original.median)}
      after={current ? format.duration(compressed.median) : undefined}
      change={current ? format.ratio(speedup.value) : undefined}
      quality={current ? qualityOf(speedup, 1) : undefined}
      certainty={!current ? t('verdicts.notMeasured') : compact ? undefined : `${interval} · ${on}`}
      explain={!compact && <About topic="latency" />}
      compact={compact}
    />
  );
}
