import './ChartFrame.css';
import { memo, type ReactNode, type RefObject, useId, useRef, useState } from 'react';
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
export function ChartFrame(props: ChartFrameProps) {
  const { title, table, tools, explain, children } = props;
  const text = useUiText();
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const latest = useRef(props);
  latest.current = props;
  return (
    <figure className="ui-chart" aria-labelledby={id}>
      <figcaption className="ui-chart-head">
        <span className="ui-chart-title" id={id}>
          {title}
        </span>
        {explain}
        {tools}
        <Tools chart={latest} asTable={asTable} onTable={setAsTable} />
      </figcaption>
      {asTable ? <Numbers table={table()} label={text('chartTable')} /> : children}
    </figure>
  );
}

interface ToolsProps {
  /** The chart as it is when a tool is used: so a chart that is drawn at every frame of a drag leaves its tools alone. */
  chart: RefObject<ChartFrameProps>;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
}

const Tools = memo(function Tools({ chart, asTable, onTable }: ToolsProps) {
  const text = useUiText();
  const save = async (ending: string, make: () => Blob | Promise<Blob>) => {
    const { saveBlob } = await import('./exportChart.ts');
    const stem = chart.current.fileName.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 80);
    saveBlob(await make(), `${stem}.${ending}`);
  };
  const entries: MenuEntry[] = [
    { id: 'png', label: text('savePng'), onSelect: () => save('png', () => chart.current.png()) },
    {
      id: 'svg',
      label: text('saveSvg'),
      onSelect: () => save('svg', () => new Blob([chart.current.svg()], { type: 'image/svg+xml' })),
    },
    {
      id: 'csv',
      label: text('saveCsv'),
      onSelect: async () => {
        const { toCsv } = await import('./exportChart.ts');
        await save('csv', () => new Blob([toCsv(chart.current.table())], { type: 'text/csv;charset=utf-8' }));
      },
    },
  ];
  return (
    <>
      <IconButton icon="table" label={text('showTable')} pressed={asTable} onPress={() => onTable(!asTable)} />
      <Menu
        label={text('exportChart')}
        trigger={<IconButton icon="download" label={text('exportChart')} />}
        entries={entries}
      />
    </>
  );
});

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
