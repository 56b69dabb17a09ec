import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import type { Sort } from '../../ui/sortRows.ts';
import { useFormat } from '../i18n/useFormat.ts';
import type { ClipRow } from './clips.ts';

export interface ActivationTableProps {
  rows: readonly ClipRow[];
  selected?: string;
  onSelect: (name: string) => void;
}

/** Every activation that became integers, those with the most error first. */
export function ActivationTable({ rows, selected, onSelect }: ActivationTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [sort, setSort] = useState<Sort>({ column: 'sqnr', direction: 'ascending' });
  const columns = useMemo((): Column<ClipRow>[] => {
    const text = (id: 'op' | 'readers', of: (r: ClipRow) => string): Column<ClipRow> => ({
      id,
      header: t(`activations.col.${id}`),
      width: 'minmax(90px, 0.6fr)',
      sortBy: of,
      cell: of,
      title: of,
    });
    const end = (id: 'low' | 'high', i: 0 | 1): Column<ClipRow> => ({
      id,
      header: t(`activations.col.${id}`),
      width: '92px',
      align: 'end',
      sortBy: (r) => r.clip[i],
      cell: (r) => format.significant(r.clip[i]),
    });
    return [
      {
        id: 'name',
        header: t('activations.col.name'),
        width: 'minmax(130px, 1fr)',
        kind: 'name',
        sortBy: (r) => r.facts.name,
        cell: (r) => r.facts.name,
        title: (r) => r.facts.name,
      },
      {
        id: 'sqnr',
        header: t('layers.col.sqnr'),
        width: '84px',
        align: 'end',
        sortBy: (r) => r.sqnr,
        cell: (r) => format.decibels(r.sqnr),
      },
      text('op', (r) => r.facts.op || t('activations.input')),
      text('readers', (r) => [...new Set(r.facts.readers)].join(', ')),
      end('low', 0),
      end('high', 1),
      {
        id: 'byHand',
        header: t('activations.col.byHand'),
        width: '84px',
        sortBy: (r) => (r.byHand ? 1 : 0),
        cell: (r) => (r.byHand ? t('activations.byHand') : ''),
      },
    ];
  }, [t, format]);
  return (
    <div className="activations-table">
      <DataTable
        label={t('activations.title')}
        rows={rows}
        columns={columns}
        getKey={(r) => r.facts.name}
        sort={sort}
        onSort={setSort}
        selected={selected}
        onSelect={(r) => onSelect(r.facts.name)}
        minWidth={680}
      />
    </div>
  );
}
