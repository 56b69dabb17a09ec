import { useTranslation } from 'react-i18next';
import type { JudgeReport } from '../../judge/types.ts';
import { Badge } from '../../ui/Badge.tsx';
import { reportIsCurrent } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';

/**
 * Backends add in another order, and GPUs fuse and approximate: some float32 steps (2⁻²⁴ each) per output add up to
 * about 10⁻⁵ of it, 100 dB. A tenth of a percent of error is past all of that.
 */
const NOISE_DB = 60;

/** What the numbers rest on, said before any of them. */
export function EvidenceNote({ report }: { report: JudgeReport }) {
  const { t } = useTranslation();
  const format = useFormat();
  const current = useStudio(reportIsCurrent);
  const { evidence, done, total, backendGap, comparison, runtimeShare } = report;
  const { original, compressed } = comparison.notFinite;
  const gap = backendGap && (backendGap.sqnr >= NOISE_DB ? 'noGap' : 'gap');
  return (
    <div className="accuracy-evidence">
      <p>
        <Badge tone={evidence === 'synthetic' ? 'strong' : 'neutral'}>{t(`accuracy.evidence.${evidence}`)}</Badge>{' '}
        {t('accuracy.of', { done: format.integer(done), total: format.integer(total) })}{' '}
        <span className="ui-muted">
          {t(`accuracy.evidenceNote.${evidence}`)}{' '}
          {t('accuracy.runtimeShare', { share: format.percent(runtimeShare, 0) })}
        </span>
      </p>
      {!current && <p className="accuracy-warning">{t('accuracy.stale')}</p>}
      {gap && backendGap && (
        <p className={gap === 'gap' ? 'accuracy-warning' : 'accuracy-note'} role="status">
          {t(`accuracy.${gap}`, {
            sqnr: format.decibels(backendGap.sqnr),
            agreement: format.percent(backendGap.agreement, 2),
          })}
        </p>
      )}
      {original + compressed > 0 && (
        <p className="accuracy-warning" role="status">
          {t('accuracy.notFinite', { original: format.integer(original), compressed: format.integer(compressed) })}
        </p>
      )}
    </div>
  );
}
