import { memo, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Treemap } from '../../ui/Treemap.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { HEAT_DB, heatOf, type LayerRow } from './rows.ts';

export interface ByteMapProps {
  rows: readonly LayerRow[];
  selected?: string;
  onSelect: (id: string | undefined) => void;
}

const heatLabels = [`${HEAT_DB.best} dB`, `${HEAT_DB.worst} dB`] as const;

/** Where the bytes are, coloured by the error of the last run. */
export const ByteMap = memo(function ByteMap({ rows, selected, onSelect }: ByteMapProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const items = useMemo(
    () =>
      rows.map(({ layer, share, sqnr }) => ({
        id: layer.id,
        name: layer.name,
        weight: layer.bytes,
        heat: heatOf(sqnr),
        detail: [format.bytes(layer.bytes), format.percent(share), sqnr !== undefined && format.decibels(sqnr)]
          .filter(Boolean)
          .join(' · '),
      })),
    [rows, format],
  );
  return (
    <div className="layers-map">
      <Treemap
        title={t('layers.map')}
        label={t('layers.map')}
        items={items}
        selected={selected}
        onSelect={(id) => onSelect(id === selected ? undefined : id)}
        weightLabel={t('layers.col.bytes')}
        fileName="bytes"
        heatLabels={heatLabels}
        explain={<About topic="sqnr" />}
      />
    </div>
  );
});
