import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PruneChannelsOptions } from '../../methods/prune-channels/options.ts';
import type { ChannelGroup } from '../../methods/prune-channels/plan.ts';
import { BarCell } from '../../ui/BarCell.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { useFormat } from '../i18n/useFormat.ts';

export interface GroupTableProps {
  groups: readonly ChannelGroup[];
  kept: Int32Array;
  step: PruneChannelsOptions;
  selected: string;
  onSelect: (id: string) => void;
}

interface Row {
  group: ChannelGroup;
  kept: number;
  byHand: boolean;
}

/** Every group of channels and how many of them stay. */
export function GroupTable({ groups, kept, step, selected, onSelect }: GroupTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = useMemo(
    () => groups.map((group, i): Row => ({ group, kept: kept[i], byHand: Object.hasOwn(step.layers, group.id) })),
    [groups, kept, step.layers],
  );
  const columns = useMemo((): Column<Row>[] => {
    const number = (id: 'layers' | 'channels' | 'kept', of: (r: Row) => number): Column<Row> => ({
      id,
      header: t(`channels.col.${id}`),
      width: '92px',
      align: 'end',
      sortBy: of,
      cell: (r) => format.integer(of(r)),
    });
    return [
      {
        id: 'name',
        header: t('channels.col.name'),
        width: 'minmax(140px, 1fr)',
        kind: 'name',
        sortBy: (r) => r.group.id,
        cell: (r) => r.group.id,
        title: (r) => r.group.id,
      },
      number('layers', (r) => r.group.touches.length),
      number('channels', (r) => r.group.channels),
      number('kept', (r) => r.kept),
      {
        id: 'share',
        header: t('channels.col.share'),
        width: '120px',
        align: 'end',
        sortBy: (r) => r.kept / r.group.channels,
        cell: (r) => <BarCell share={r.kept / r.group.channels} text={format.percent(r.kept / r.group.channels, 0)} />,
      },
      {
        id: 'byHand',
        header: t('channels.col.byHand'),
        width: '84px',
        sortBy: (r) => (r.byHand ? 1 : 0),
        cell: (r) => (r.byHand ? t('channels.byHand') : ''),
      },
    ];
  }, [t, format]);
  return (
    <div className="channels-table">
      <DataTable
        label={t('channels.title')}
        rows={rows}
        columns={columns}
        getKey={(r) => r.group.id}
        selected={selected}
        onSelect={(r) => onSelect(r.group.id)}
        minWidth={620}
      />
    </div>
  );
}
