import './ChartFrame.css';
import type { ReactNode } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { CartesianGrid, LineChart as Chart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartFrame } from './ChartFrame.tsx';
import type { ChartTable } from './exportChart.ts';
import { significant } from './format.ts';
import { axisStyle, axisTitle, useChartPlot, xAxisHeight } from './rechartsParts.tsx';
import { linearTicks } from './ticks.ts';

export interface LineSeries {
  name: string;
  side: 'before' | 'after';
  points: readonly { x: number; y: number }[];
}

export interface LineChartProps {
  title: ReactNode;
  /** In words what the picture shows. */
  summary: string;
  xLabel: string;
  yLabel: string;
  series: readonly LineSeries[];
  /** How far the horizontal axis goes; to the last point by default. */
  xEnd?: number;
  yFormat?: (y: number) => string;
  fileName?: string;
  explain?: ReactNode;
}

/** Curves over the steps of a training, before dashed, after drawn through. Load it lazily: it brings recharts. */
export default function LineChart(props: LineChartProps) {
  const { series, xLabel, yLabel, fileName = 'curves' } = props;
  const { locale } = useLocale();
  const { ref, colours, svg, png } = useChartPlot();
  const xFormat = (x: number) => significant(x, 4, locale);
  const yFormat = props.yFormat ?? ((y: number) => significant(y, 3, locale));
  const data = rowsOf(series);
  const last = props.xEnd ?? data.at(-1)?.x ?? 1;
  const [low, high] = span(series);
  const table = (): ChartTable => ({
    columns: [xLabel, ...series.map((line) => line.name)],
    rows: data.map((row) => [row.x, ...series.map((_, index) => row[`s${index}`] ?? '')]),
  });
  return (
    <ChartFrame title={props.title} explain={props.explain} fileName={fileName} table={table} svg={svg} png={png}>
      <div className="ui-chart-keys" aria-hidden="true">
        {series.map((line) => (
          <span key={line.name} data-side={line.side}>
            {line.name}
          </span>
        ))}
      </div>
      <div ref={ref} className="ui-chart-plot" role="img" aria-label={props.summary}>
        <ResponsiveContainer>
          <Chart data={data} margin={{ top: 8, right: 16, bottom: 4, left: 8 }} accessibilityLayer={false}>
            <CartesianGrid stroke={colours.line} vertical={false} />
            <XAxis
              dataKey="x"
              type="number"
              domain={[0, last]}
              ticks={linearTicks(0, last, 6)}
              tickFormatter={xFormat}
              height={xAxisHeight}
              label={axisTitle(xLabel, 'x', colours)}
              {...axisStyle(colours)}
            />
            <YAxis
              domain={[low, high]}
              ticks={linearTicks(low, high, 5)}
              tickFormatter={yFormat}
              width={64}
              label={axisTitle(yLabel, 'y', colours)}
              {...axisStyle(colours)}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{ stroke: colours.control }}
              content={({ active, payload, label }) =>
                active && payload?.length ? (
                  <div className="ui-chart-read" style={{ position: 'static' }}>
                    {xLabel} {xFormat(Number(label))}
                    {payload.map((entry) => (
                      <div key={String(entry.dataKey)}>
                        {entry.name} {yFormat(Number(entry.value))}
                      </div>
                    ))}
                  </div>
                ) : null
              }
            />
            {series.map((line, index) => (
              <Line
                key={line.name}
                dataKey={`s${index}`}
                name={line.name}
                stroke={colours[`${line.side}-strong`]}
                strokeWidth={1.75}
                strokeDasharray={line.side === 'before' ? '6 3' : undefined}
                dot={line.points.length === 1}
                connectNulls
                isAnimationActive={false}
              />
            ))}
          </Chart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}

type Row = { x: number } & Record<string, number>;

/** One row for each place on the horizontal axis. Points that are not finite (a loss that diverged) leave a gap, as they should. */
function rowsOf(series: readonly LineSeries[]): Row[] {
  const byX = new Map<number, Row>();
  series.forEach((line, index) => {
    for (const { x, y } of line.points) {
      if (Number.isFinite(x) && Number.isFinite(y)) byX.set(x, { ...byX.get(x), x, [`s${index}`]: y });
    }
  });
  return [...byX.values()].sort((a, b) => a.x - b.x);
}

function span(series: readonly LineSeries[]): [low: number, high: number] {
  const ys = series.flatMap((line) => line.points.map((point) => point.y)).filter(Number.isFinite);
  if (ys.length === 0) return [0, 1];
  const low = ys.reduce((a, b) => Math.min(a, b));
  const high = ys.reduce((a, b) => Math.max(a, b));
  const pad = high > low ? (high - low) * 0.06 : Math.abs(high) * 0.06 || 1;
  return [low - pad, high + pad];
}
