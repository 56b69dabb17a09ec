import './ChartFrame.css';
import { type ReactNode, useId, useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import type { ChartTable } from './exportChart.ts';
import { significant } from './format.ts';
import { IconButton } from './IconButton.tsx';
import { Menu, type MenuEntry } from './Menu.tsx';
import { useUiText } from './strings.tsx';

/** More rows than this are in the CSV only. */
const shownRows = 2000;

export interface ChartFrameProps {
  title: ReactNode;
  /** Stem of the file names when saved. */
  fileName: string;
  /** The same numbers as a table, made when asked for. */
  table: () => ChartTable;
  /** The chart as files, made when asked for. */
  svg: () => string;
  png: () => Promise<Blob>;
  /** Left of the chart's own buttons. */
  tools?: ReactNode;
  explain?: ReactNode;
  children: ReactNode;
}

/** What surrounds every chart: its title, its numbers as a table, and itself as PNG, SVG or CSV. */
export function ChartFrame({ title, fileName, table, svg, png, tools, explain, children }: ChartFrameProps) {
  const text = useUiText();
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const save = async (ending: string, make: () => Blob | Promise<Blob>) => {
    const { saveBlob } = await import('./exportChart.ts');
    saveBlob(await make(), `${fileName.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80)}.${ending}`);
  };
  const entries: MenuEntry[] = [
    { id: 'png', label: text('savePng'), onSelect: () => save('png', png) },
    {
      id: 'svg',
      label: text('saveSvg'),
      onSelect: () => save('svg', () => new Blob([svg()], { type: 'image/svg+xml' })),
    },
    {
      id: 'csv',
      label: text('saveCsv'),
      onSelect: async () => {
        const { toCsv } = await import('./exportChart.ts');
        await save('csv', () => new Blob([toCsv(table())], { type: 'text/csv;charset=utf-8' }));
      },
    },
  ];
  return (
    <figure className="ui-chart" aria-labelledby={id}>
      <figcaption className="ui-chart-head">
        <span className="ui-chart-title" id={id}>
          {title}
        </span>
        {explain}
        {tools}
        <IconButton icon="table" label={text('showTable')} pressed={asTable} onPress={() => setAsTable(!asTable)} />
        <Menu
          label={text('exportChart')}
          trigger={<IconButton icon="download" label={text('exportChart')} />}
          entries={entries}
        />
      </figcaption>
      {asTable ? <Numbers table={table()} label={text('chartTable')} /> : children}
    </figure>
  );
}

function Numbers({ table, label }: { table: ChartTable; label: string }) {
  const { locale } = useLocale();
  const write = (value: string | number) => (typeof value === 'number' ? significant(value, 6, locale) : value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or keys cannot scroll it
    <section className="ui-chart-numbers" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {table.columns.map((column, index) => (
              <th key={column} scope="col" data-kind={typeof table.rows[0]?.[index] === 'string' ? 'word' : undefined}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.slice(0, shownRows).map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a chart have no identity but their place
            <tr key={index}>
              {row.map((value, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: as above
                <td key={column} data-kind={typeof value === 'string' ? 'word' : undefined}>
                  {write(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
