import { useTranslation } from 'react-i18next';
import { resultIsCurrent } from '../current.ts';
import { useForecastState } from '../forecast/useForecast.ts';
import { useStudio } from '../state/store.ts';

/** Said while a step's effect cannot be foretold and has not been measured. */
export function UnknownNote() {
  const { t } = useTranslation();
  const from = useForecastState((s) => s.unknownFrom);
  const measured = useStudio(resultIsCurrent);
  if (!from || measured) return null;
  return <p className="ui-muted">{t('picture.unknownAfter', { method: t(`recipe.methods.${from.method}.name`) })}</p>;
}
