import { useTranslation } from 'react-i18next';
import { Verdict } from '../../ui/Verdict.tsx';
import { originalBytes, resultIsCurrent } from '../current.ts';
import { About } from '../explain/About.tsx';
import { useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';

/** Bytes of the file before and after. Exact after a run, a forecast while the recipe moves. */
export function SizeVerdict({ compact }: { compact?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const before = useStudio(originalBytes);
  const exact = useStudio((s) => (resultIsCurrent(s) ? s.result?.bytes : undefined));
  const idle = useStudio((s) => s.recipe.steps.length === 0);
  const originalGzip = useStudio((s) => s.sizes?.originalGzip);
  const compressedGzip = useStudio((s) => (resultIsCurrent(s) ? s.sizes?.compressedGzip : undefined));
  const forecast = useForecastState((s) => s.forecast?.total.bytes);
  const after = exact ?? (idle ? undefined : forecast);
  const note = idle
    ? t('verdicts.sizeSame')
    : after === undefined
      ? t('verdicts.sizeUnknown')
      : exact === undefined
        ? t('verdicts.sizeForecast')
        : originalGzip !== undefined && compressedGzip !== undefined
          ? t('verdicts.sizeGzip', { before: format.bytes(originalGzip), after: format.bytes(compressedGzip) })
          : undefined;
  return (
    <Verdict
      label={t('verdicts.size')}
      before={format.bytes(before)}
      after={after === undefined || idle ? undefined : format.bytes(after)}
      change={after === undefined || idle || after === 0 ? undefined : format.ratio(before / after)}
      quality={
        after === undefined || idle ? undefined : after < before ? 'better' : after > before ? 'worse' : 'neutral'
      }
      forecast={exact === undefined && after !== undefined && !idle}
      certainty={compact ? undefined : (note ?? ' ')}
      explain={!compact && <About topic="fileSize" />}
      compact={compact}
    />
  );
}
