import { useDeferredValue, useMemo } from 'react';
import { resultIsCurrent } from '../current.ts';
import { useForecastState } from '../forecast/useForecast.ts';
import { useStudio } from '../state/store.ts';
import { type LayerRow, layerRows } from './rows.ts';

/**
 * The layers with what the last run made of them, or with what the recipe will, once it has changed. The same array until either does; both
 * may lag behind a busy page.
 */
export function useLayerRows(): readonly LayerRow[] {
  const layers = useDeferredValue(useStudio((s) => s.model?.layers));
  const reports = useDeferredValue(useStudio((s) => s.reports));
  const settled = useForecastState((s) => s.settled);
  const measured = useStudio((s) => resultIsCurrent(s) || s.recipe.steps.length === 0);
  const forecast = useDeferredValue(measured ? undefined : settled);
  const costs = useStudio((s) => s.costs);
  return useMemo(() => (layers ? layerRows(layers, reports, forecast, costs) : []), [layers, reports, forecast, costs]);
}
