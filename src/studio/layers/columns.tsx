import type { TFunction } from 'i18next';
import { BarCell } from '../../ui/BarCell.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { shape } from '../../ui/format.ts';
import type { Formats } from '../i18n/useFormat.ts';
import type { LayerRow } from './rows.ts';

export const columnIds = [
  'name',
  'op',
  'shape',
  'dtype',
  'count',
  'macs',
  'bytes',
  'share',
  'after',
  'sqnr',
  'min',
  'max',
  'mean',
  'std',
  'sparsity',
] as const;
export type ColumnId = (typeof columnIds)[number];

/** What fits a pane of ordinary width. */
export const defaultColumns: readonly ColumnId[] = ['name', 'bytes', 'sqnr'];

const widths: Record<ColumnId, number> = {
  name: 110,
  op: 90,
  shape: 96,
  dtype: 68,
  count: 76,
  macs: 76,
  bytes: 104,
  share: 64,
  after: 76,
  sqnr: 88,
  min: 70,
  max: 70,
  mean: 74,
  std: 70,
  sparsity: 70,
};

/** The least width at which these columns can be read. */
export const widthOf = (ids: readonly ColumnId[]): number => ids.reduce((sum, id) => sum + widths[id], 0);

/** A number as measured, or in italics with a ~ as long as it is foretold. */
export function Told({ forecast, children }: { forecast?: boolean; children: string }) {
  return forecast ? <i>~{children}</i> : children;
}

/** The chosen columns of the layer table, in their fixed order. */
export function layerColumns(ids: readonly ColumnId[], t: TFunction, format: Formats): Column<LayerRow>[] {
  const statistic = (id: 'min' | 'max' | 'mean' | 'std'): Column<LayerRow> => ({
    ...base(id),
    align: 'end',
    sortBy: (r) => r.layer.sketch?.[id],
    cell: (r) => (r.layer.sketch ? format.significant(r.layer.sketch[id]) : ''),
  });
  const base = (id: ColumnId) => ({ id, header: t(`layers.col.${id}`), width: `${widths[id]}px` });
  const all: Record<ColumnId, Column<LayerRow>> = {
    name: {
      ...base('name'),
      width: `minmax(${widths.name}px, 1fr)`,
      kind: 'name',
      sortBy: (r) => r.layer.name,
      cell: (r) => r.layer.name,
      title: (r) => r.layer.name,
    },
    op: { ...base('op'), sortBy: (r) => r.op, cell: (r) => r.op, title: (r) => r.op },
    shape: {
      ...base('shape'),
      kind: 'name',
      cell: (r) => shape(r.layer.dims),
      title: (r) => shape(r.layer.dims),
    },
    dtype: { ...base('dtype'), kind: 'name', sortBy: (r) => r.layer.dtype, cell: (r) => r.layer.dtype },
    count: { ...base('count'), align: 'end', sortBy: (r) => r.count, cell: (r) => format.count(r.count) },
    macs: {
      ...base('macs'),
      align: 'end',
      sortBy: (r) => r.macs,
      cell: (r) => (r.macs === undefined ? '' : format.count(r.macs)),
    },
    bytes: {
      ...base('bytes'),
      align: 'end',
      sortBy: (r) => r.layer.bytes,
      cell: (r) => <BarCell share={r.share} text={format.bytes(r.layer.bytes)} />,
    },
    share: { ...base('share'), align: 'end', sortBy: (r) => r.share, cell: (r) => format.percent(r.share) },
    after: {
      ...base('after'),
      align: 'end',
      sortBy: (r) => r.after,
      cell: (r) => (r.after === undefined ? '' : <Told forecast={r.forecast}>{format.bytes(r.after)}</Told>),
    },
    sqnr: {
      ...base('sqnr'),
      align: 'end',
      sortBy: (r) => r.sqnr,
      cell: (r) => (r.sqnr === undefined ? '' : <Told forecast={r.forecast}>{format.decibels(r.sqnr)}</Told>),
    },
    min: statistic('min'),
    max: statistic('max'),
    mean: statistic('mean'),
    std: statistic('std'),
    sparsity: {
      ...base('sparsity'),
      align: 'end',
      sortBy: (r) => r.sparsity,
      cell: (r) => (r.sparsity === undefined ? '' : format.percent(r.sparsity)),
    },
  };
  return columnIds.filter((id) => ids.includes(id)).map((id) => all[id]);
}
