import './ChartFrame.css';
import type { ReactNode } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { Bar, BarChart as Chart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartTable } from './exportChart.ts';
import { significant } from './format.ts';
import { axisStyle, axisTitle, useChartPlot, xAxisHeight } from './rechartsParts.tsx';
import { useUiText } from './strings.tsx';
import { linearTicks } from './ticks.ts';

export interface BarChartProps {
  title: ReactNode;
  summary: string;
  valueLabel: string;
  rows: readonly { name: string; before?: number; after?: number }[];
  format?: (value: number) => string;
  onSelect?: (name: string) => void;
  fileName?: string;
  explain?: ReactNode;
}

const rowHeight = 34;

/** Horizontal bars, one layer a row: before filled, after outlined. Grows with its rows; put it where it may scroll. Load it lazily. */
export default function BarChart(props: BarChartProps) {
  const { rows, valueLabel, onSelect, fileName = 'layers' } = props;
  const text = useUiText();
  const { locale } = useLocale();
  const { ref, colours, svg, png } = useChartPlot();
  const format = props.format ?? ((value: number) => significant(value, 3, locale));
  const both = rows.some((row) => row.after !== undefined);
  const most = rows.reduce((m, row) => Math.max(m, row.before ?? 0, row.after ?? 0), 0);
  const longest = rows.reduce((m, row) => Math.max(m, row.name.length), 0);
  const table = (): ChartTable => ({
    columns: [text('name'), text('before'), ...(both ? [text('after')] : [])],
    rows: rows.map((row) => [row.name, row.before ?? '', ...(both ? [row.after ?? ''] : [])]),
  });
  return (
    <ChartFrame title={props.title} explain={props.explain} fileName={fileName} table={table} svg={svg} png={png}>
      <div className="ui-chart-keys" aria-hidden="true">
        <span data-side="before">{text('before')}</span>
        {both && <span data-side="after">{text('after')}</span>}
      </div>
      <div
        ref={ref}
        className="ui-chart-plot"
        role="img"
        aria-label={props.summary}
        style={{ flex: 'none', height: rows.length * rowHeight + xAxisHeight }}
      >
        <ResponsiveContainer>
          <Chart
            data={rows as { name: string }[]}
            layout="vertical"
            margin={{ top: 0, right: 16, bottom: 0, left: 0 }}
            barGap={1}
            barCategoryGap={6}
            accessibilityLayer={false}
          >
            <XAxis
              height={xAxisHeight}
              type="number"
              domain={[0, most || 1]}
              ticks={linearTicks(0, most || 1, 5)}
              tickFormatter={format}
              label={axisTitle(valueLabel, 'x', colours)}
              {...axisStyle(colours)}
            />
            <YAxis
              type="category"
              dataKey="name"
              interval={0}
              width={Math.min(180, 16 + longest * 7)}
              {...axisStyle(colours)}
              tick={{ fill: colours.text, fontSize: 11, fontFamily: colours.mono }}
              tickFormatter={(name: string) => (name.length > 23 ? `…${name.slice(-22)}` : name)}
              tickLine={false}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ fill: colours.text, fillOpacity: 0.05 }}
              content={({ active, payload, label }) =>
                active && payload?.length ? (
                  <div className="ui-chart-read" style={{ position: 'static' }}>
                    <code>{label}</code>
                    {payload.map((entry) => (
                      <div key={String(entry.dataKey)}>
                        {text(entry.dataKey === 'before' ? 'before' : 'after')} {format(Number(entry.value))}
                      </div>
                    ))}
                  </div>
                ) : null
              }
            />
            <Bar
              dataKey="before"
              fill={colours.before}
              isAnimationActive={false}
              onClick={(bar) => onSelect?.(String((bar.payload as { name: string }).name))}
            />
            {both && (
              <Bar
                dataKey="after"
                fill={colours.after}
                fillOpacity={0.16}
                stroke={colours['after-strong']}
                strokeWidth={1.5}
                isAnimationActive={false}
                onClick={(bar) => onSelect?.(String((bar.payload as { name: string }).name))}
              />
            )}
          </Chart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}
