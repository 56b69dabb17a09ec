import { useDeferredValue, useMemo } from 'react';
import { useStudio } from '../state/store.ts';
import { type LayerRow, layerRows } from './rows.ts';

/** The layers with what the last run made of them. The same array until either changes; both may lag behind a busy page. */
export function useLayerRows(): readonly LayerRow[] {
  const layers = useDeferredValue(useStudio((s) => s.model?.layers));
  const reports = useDeferredValue(useStudio((s) => s.reports));
  return useMemo(() => (layers ? layerRows(layers, reports) : []), [layers, reports]);
}
