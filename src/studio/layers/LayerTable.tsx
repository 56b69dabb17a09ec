import { memo, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { Select } from '../../ui/Select.tsx';
import type { Sort } from '../../ui/sortRows.ts';
import { TextField } from '../../ui/TextField.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { useStored } from '../useStored.ts';
import { type ColumnId, columnIds, defaultColumns, layerColumns, widthOf } from './columns.tsx';
import { filterRows, type LayerRow } from './rows.ts';

const roles = ['all', 'weight', 'embedding', 'recurrent', 'bias', 'norm', 'quantized', 'constant'] as const;
type RoleFilter = (typeof roles)[number];

export interface LayerTableProps {
  rows: readonly LayerRow[];
  selected?: string;
  onSelect: (id: string | undefined) => void;
}

/** Every tensor of the model, found by name, operator or kind; the largest first until another order is chosen. */
export const LayerTable = memo(function LayerTable({ rows, selected, onSelect }: LayerTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const [text, setText] = useState('');
  const [sort, setSort] = useState<Sort>({ column: 'bytes', direction: 'descending' });
  const [role, setRole] = useState<RoleFilter>('all');
  const [chosen, setChosen] = useStored<readonly ColumnId[]>('pare.columns', defaultColumns, isColumns);
  const shown = useMemo(() => filterRows(rows, text, role), [rows, text, role]);
  const columns = useMemo(() => layerColumns(chosen, t, format), [chosen, t, format]);
  const present = useMemo(() => new Set(rows.map((r) => r.layer.role)), [rows]);
  return (
    <div className="layers-table">
      <div className="layers-filter">
        <TextField
          label={t('layers.search')}
          hideLabel
          type="search"
          placeholder={t('layers.searchHint')}
          value={text}
          onChange={setText}
          maxLength={200}
        />
        <Select
          label={t('layers.role')}
          hideLabel
          value={role}
          onChange={setRole}
          options={roles
            .filter((r) => r === 'all' || r === role || present.has(r))
            .map((r) => ({ value: r, label: t(`layers.roles.${r}`) }))}
        />
        <Menu
          label={t('layers.columns')}
          trigger={<IconButton icon="settings" label={t('layers.columns')} />}
          entries={columnIds.slice(1).map((id) => ({
            id,
            label: t(`layers.col.${id}`),
            icon: chosen.includes(id) ? 'check' : undefined,
            onSelect: () => setChosen(chosen.includes(id) ? chosen.filter((c) => c !== id) : [...chosen, id]),
          }))}
        />
      </div>
      <div className="layers-rows">
        <DataTable
          label={t('layers.title')}
          rows={shown}
          columns={columns}
          getKey={(r) => r.layer.id}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={(r) => onSelect(r.layer.id === selected ? undefined : r.layer.id)}
          minWidth={widthOf(chosen)}
          empty={
            <span className="layers-none">
              {t('layers.none')}{' '}
              <Button
                kind="quiet"
                onPress={() => {
                  setText('');
                  setRole('all');
                }}
              >
                {t('layers.clear')}
              </Button>
            </span>
          }
        />
      </div>
    </div>
  );
});

function isColumns(value: unknown): value is readonly ColumnId[] {
  return Array.isArray(value) && value.includes('name') && value.every((v) => columnIds.includes(v));
}
