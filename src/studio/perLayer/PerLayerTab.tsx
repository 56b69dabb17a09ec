import './PerLayer.css';
import { Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { BarCell } from '../../ui/BarCell.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { BarChart } from '../../ui/lazyCharts.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import type { Sort } from '../../ui/sortRows.ts';
import { resultIsCurrent } from '../current.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { Told } from '../layers/columns.tsx';
import type { LayerRow } from '../layers/rows.ts';
import { useLayerRows } from '../layers/useLayerRows.ts';
import { useStudio } from '../state/store.ts';

/** More bars than this cannot be read; the table below has every layer. */
const CHARTED = 30;

/** Layer by layer: bytes before and after, and the error, of the last run or as foretold. */
export default function PerLayerTab() {
  const { t } = useTranslation();
  const rows = useLayerRows();
  const touched = useMemo(() => rows.filter((r) => r.after !== undefined), [rows]);
  if (touched.length === 0) {
    return (
      <EmptyState icon="layers" title={t('layers.perLayer.empty')}>
        {t('layers.perLayer.emptyHint')}
      </EmptyState>
    );
  }
  return <Touched rows={touched} />;
}

function Touched({ rows }: { rows: readonly LayerRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [of, setOf] = useState<'bytes' | 'error'>('bytes');
  const current = useStudio(resultIsCurrent);
  const select = useStudio((s) => s.select);
  const largest = useMemo(() => [...rows].sort((a, b) => b.layer.bytes - a.layer.bytes).slice(0, CHARTED), [rows]);
  const bars = largest.map((r) =>
    of === 'bytes'
      ? { name: r.layer.name, before: r.layer.bytes, after: r.after }
      : // No error at all has no length; the table says ∞.
        { name: r.layer.name, after: Number.isFinite(r.sqnr) ? r.sqnr : undefined },
  );
  const pick = (name: string) => {
    const row = largest.find((r) => r.layer.name === name);
    if (row) select(row.layer.id);
  };
  const title = t(of === 'bytes' ? 'layers.perLayer.chartBytes' : 'layers.perLayer.chartError');
  return (
    <div className="per-layer">
      <div className="per-layer-head">
        <Segmented
          label={t('layers.perLayer.title')}
          hideLabel
          value={of}
          onChange={setOf}
          options={[
            { value: 'bytes', label: t('layers.col.bytes') },
            { value: 'error', label: t('layers.perLayer.error') },
          ]}
        />
        <p className="ui-muted">
          {t(`layers.perLayer.${rows[0].forecast ? 'forecast' : current ? 'measured' : 'stale'}`)}
          {rows.length > CHARTED && ` ${t('layers.perLayer.top', { n: CHARTED })}`}
        </p>
      </div>
      <div className="per-layer-chart">
        <Suspense>
          <BarChart
            title={title}
            summary={title}
            valueLabel={t(of === 'bytes' ? 'layers.perLayer.bytesAxis' : 'layers.perLayer.errorAxis')}
            rows={bars}
            format={of === 'bytes' ? format.bytes : (v) => format.fixed(v, 0)}
            onSelect={pick}
            fileName={`layers-${of}`}
          />
        </Suspense>
      </div>
      <LayerTable rows={rows} />
    </div>
  );
}

function LayerTable({ rows }: { rows: readonly LayerRow[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sort, setSort] = useState<Sort>({ column: 'before', direction: 'descending' });
  const selected = useStudio((s) => s.selected);
  const select = useStudio((s) => s.select);
  const columns = useMemo((): Column<LayerRow>[] => {
    const most = rows.reduce((m, r) => Math.max(m, r.layer.bytes), 1);
    const encoding = (r: LayerRow) => r.encoding ?? '';
    return [
      {
        id: 'name',
        header: t('layers.col.name'),
        width: 'minmax(120px, 1fr)',
        kind: 'name',
        sortBy: (r) => r.layer.name,
        cell: (r) => r.layer.name,
        title: (r) => r.layer.name,
      },
      {
        id: 'before',
        header: t('layers.perLayer.before'),
        width: 'minmax(100px, 0.5fr)',
        align: 'end',
        sortBy: (r) => r.layer.bytes,
        cell: (r) => <BarCell share={r.layer.bytes / most} text={format.bytes(r.layer.bytes)} />,
      },
      {
        id: 'after',
        header: t('layers.perLayer.after'),
        width: 'minmax(100px, 0.5fr)',
        align: 'end',
        sortBy: (r) => r.after,
        cell: (r) => <BarCell share={(r.after ?? 0) / most} text={format.bytes(r.after ?? 0)} />,
      },
      {
        id: 'sqnr',
        header: t('layers.col.sqnr'),
        width: '80px',
        align: 'end',
        sortBy: (r) => r.sqnr,
        cell: (r) => (r.sqnr === undefined ? '' : <Told forecast={r.forecast}>{format.decibels(r.sqnr)}</Told>),
      },
      {
        id: 'encoding',
        header: t('layers.perLayer.encoding'),
        width: 'minmax(110px, 0.6fr)',
        sortBy: encoding,
        cell: encoding,
        title: encoding,
      },
    ];
  }, [rows, t, format]);
  return (
    <div className="per-layer-table">
      <DataTable
        label={t('layers.perLayer.title')}
        rows={rows}
        columns={columns}
        getKey={(r) => r.layer.id}
        sort={sort}
        onSort={setSort}
        selected={selected}
        onSelect={(r) => select(r.layer.id === selected ? undefined : r.layer.id)}
        minWidth={520}
      />
    </div>
  );
}
