import './DataTable.css';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { useMedia } from './hooks.ts';
import { Icon } from './icons.tsx';
import { type Sort, type SortValue, sortRows } from './sortRows.ts';

export interface Column<Row> {
  id: string;
  header: string;
  /** A CSS grid track: `80px`, `minmax(120px, 1fr)`. */
  width: string;
  align?: 'start' | 'end';
  /** Names and shapes are set in the monospace face. */
  kind?: 'name';
  /** Makes the column sortable. */
  sortBy?: (row: Row) => SortValue;
  cell: (row: Row) => ReactNode;
  /** The whole text of a cell that may be cut off. */
  title?: (row: Row) => string;
}

export interface DataTableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  getKey: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  selected?: string;
  onSelect?: (row: Row) => void;
  /** CSS width below which the table scrolls sideways. */
  minWidth?: number;
  empty?: ReactNode;
}

/**
 * A table of any length: only the rows in sight are in the page. One tab stop; ↑ ↓ Page Home End move the row, ← → its cell, Enter or
 * Space picks. The active row is always kept rendered, so that `aria-activedescendant` points at something.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, rows, columns, getKey, selected, onSelect, minWidth, empty } = props;
  const id = useId();
  const rowHeight = useMedia('(pointer: coarse)') ? 44 : 32;
  const box = useRef<HTMLDivElement>(null);
  const [ownSort, setOwnSort] = useState<Sort>();
  const [active, setActive] = useState({ row: 0, column: -1 });
  const sort = props.sort ?? ownSort;

  const sorted = useMemo(() => {
    const by = columns.find((column) => column.id === sort?.column)?.sortBy;
    return by && sort ? sortRows(rows, by, sort.direction) : rows;
  }, [rows, columns, sort]);
  const at = Math.min(active.row, sorted.length - 1);

  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: 0,
    scrollPaddingStart: rowHeight,
    rangeExtractor: (range) => {
      const inside = defaultRangeExtractor(range);
      return at < 0 || inside.includes(at) ? inside : [...inside, at].sort((a, b) => a - b);
    },
  });

  const sortOn = (column: string) => {
    const next: Sort = {
      column,
      direction: sort?.column === column && sort.direction === 'descending' ? 'ascending' : 'descending',
    };
    setOwnSort(next);
    props.onSort?.(next);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current || sorted.length === 0) return;
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeight) - 2);
    const alongRow = active.column >= 0 && !event.ctrlKey;
    let { column } = active;
    let row = at;
    if (event.key === 'ArrowDown') row += 1;
    else if (event.key === 'ArrowUp') row -= 1;
    else if (event.key === 'PageDown') row += page;
    else if (event.key === 'PageUp') row -= page;
    else if (event.key === 'ArrowRight') column = Math.min(columns.length - 1, column + 1);
    else if (event.key === 'ArrowLeft') column = Math.max(-1, column - 1);
    else if (event.key === 'Home') [row, column] = alongRow ? [row, 0] : [0, column];
    else if (event.key === 'End') [row, column] = alongRow ? [row, columns.length - 1] : [sorted.length - 1, column];
    else if (event.key === 'Enter' || event.key === ' ') onSelect?.(sorted[at]);
    else return;
    event.preventDefault();
    row = Math.min(sorted.length - 1, Math.max(0, row));
    setActive({ row, column });
    if (row !== at) virtual.scrollToIndex(row);
  };

  const style = {
    '--columns': columns.map((column) => column.width).join(' '),
    '--row': `${rowHeight}px`,
    '--table-width': minWidth ? `${minWidth}px` : undefined,
  } as CSSProperties;
  const activeId = at < 0 ? undefined : active.column < 0 ? `${id}-${at}` : `${id}-${at}-${active.column}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <table> cannot lay out virtual rows
    <div
      ref={box}
      className="ui-table"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={activeId}
      style={style}
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore-start lint/a11y: rows and cells are virtual; the grid itself holds the focus (aria-activedescendant) */}
      <div role="rowgroup" className="ui-table-head">
        <div role="row" aria-rowindex={1} className="ui-table-row">
          {columns.map((column, index) => (
            <div
              key={column.id}
              role="columnheader"
              aria-colindex={index + 1}
              className="ui-label"
              data-align={column.align}
              aria-sort={sort?.column === column.id ? sort.direction : column.sortBy ? 'none' : undefined}
            >
              {column.sortBy ? (
                <button type="button" className="ui-table-sort ui-label" onClick={() => sortOn(column.id)}>
                  {column.header}
                  {sort?.column === column.id && (
                    <Icon name={sort.direction === 'descending' ? 'chevronDown' : 'chevronUp'} size={12} />
                  )}
                </button>
              ) : (
                column.header
              )}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="ui-table-body" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = sorted[item.index];
          const isActive = item.index === at;
          return (
            <div
              key={getKey(row)}
              id={`${id}-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={onSelect ? getKey(row) === selected : undefined}
              className="ui-table-row"
              data-active={isActive || undefined}
              data-cell-active={active.column >= 0 || undefined}
              style={{ translate: `0 ${item.start}px` }}
              onClick={() => {
                setActive({ row: item.index, column: -1 });
                onSelect?.(row);
              }}
            >
              {columns.map((column, index) => (
                <div
                  key={column.id}
                  id={`${id}-${item.index}-${index}`}
                  role="gridcell"
                  aria-colindex={index + 1}
                  data-align={column.align}
                  data-kind={column.kind}
                  data-active={(isActive && active.column === index) || undefined}
                  title={column.title?.(row)}
                >
                  {column.cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
      {sorted.length === 0 && empty}
      {/* biome-ignore-end lint/a11y: see above */}
    </div>
  );
}
