import './ChartFrame.css';
import type { ReactNode } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import {
  CartesianGrid,
  LineChart as Chart,
  LabelList,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { ChartFrame } from './ChartFrame.tsx';
import { dodge } from './dodge.ts';
import type { ChartTable } from './exportChart.ts';
import { significant } from './format.ts';
import { useSize } from './hooks.ts';
import { axisStyle, axisTitle, inkOf, type Side, strokeOf, useChartPlot, xAxisHeight } from './rechartsParts.tsx';
import { linearTicks } from './ticks.ts';

export interface LineSeries {
  name: string;
  side: Side;
  points: readonly { x: number; y: number }[];
}

export interface LineChartProps {
  title: ReactNode;
  /** In words what the picture shows. */
  summary: string;
  xLabel: string;
  yLabel: string;
  series: readonly LineSeries[];
  xFormat?: (x: number) => string;
  yFormat?: (y: number) => string;
  /** Limits of the vertical axis; default those of the data. */
  yRange?: readonly [number, number];
  fileName?: string;
  explain?: ReactNode;
}

/** Curves over steps or settings: loss, accuracy, error by bit width. Each is named at its end. Load it lazily: it brings recharts. */
export default function LineChart(props: LineChartProps) {
  const { series, xLabel, yLabel, fileName = 'curves' } = props;
  const { locale } = useLocale();
  const { ref, colours, svg, png } = useChartPlot();
  const xFormat = props.xFormat ?? ((x: number) => significant(x, 4, locale));
  const yFormat = props.yFormat ?? ((y: number) => significant(y, 3, locale));

  // Points that are not finite (a diverged loss) leave a gap, as they should.
  const byX = new Map<number, Record<string, number>>();
  series.forEach((line, index) => {
    for (const { x, y } of line.points)
      if (Number.isFinite(x) && Number.isFinite(y)) byX.set(x, { ...byX.get(x), x, [`s${index}`]: y });
  });
  const data = [...byX.values()].sort((a, b) => a.x - b.x);
  const xs = data.map((point) => point.x);
  const ys = series.flatMap((line) => line.points.map((point) => point.y)).filter(Number.isFinite);
  const low = props.yRange?.[0] ?? ys.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = props.yRange?.[1] ?? ys.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const pad = high > low ? (high - low) * 0.04 : 1;

  const { height } = useSize(ref);
  const ends = series.map(
    (_, index) => data.findLast((point) => point[`s${index}`] !== undefined)?.[`s${index}`] ?? low,
  );
  const span = high - low + 2 * pad;
  const moved = dodge(
    ends.map((end) => (end - low + pad) / span),
    Math.max(0, height - xAxisHeight - 8),
  );

  const table = (): ChartTable => ({
    columns: [xLabel, ...series.map((line) => line.name)],
    rows: data.map((point) => [point.x, ...series.map((_, index) => point[`s${index}`] ?? '')]),
  });
  return (
    <ChartFrame title={props.title} explain={props.explain} fileName={fileName} table={table} svg={svg} png={png}>
      <div ref={ref} className="ui-chart-plot" role="img" aria-label={props.summary}>
        <ResponsiveContainer>
          <Chart data={data} margin={{ top: 8, right: 76, bottom: 0, left: 12 }} accessibilityLayer={false}>
            <CartesianGrid syncWithTicks stroke={colours.line} vertical={false} />
            <XAxis
              height={xAxisHeight}
              dataKey="x"
              type="number"
              domain={['dataMin', 'dataMax']}
              ticks={linearTicks(xs[0] ?? 0, xs[xs.length - 1] ?? 1, 6)}
              tickFormatter={xFormat}
              label={axisTitle(xLabel, 'x', colours)}
              {...axisStyle(colours)}
            />
            <YAxis
              domain={[low - pad, high + pad]}
              ticks={linearTicks(low - pad, high + pad, 5)}
              tickFormatter={yFormat}
              width={58}
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
                      <div
                        key={String(entry.dataKey)}
                        style={{ color: inkOf(series[Number(String(entry.dataKey).slice(1))].side, colours) }}
                      >
                        {entry.name} {yFormat(Number(entry.value))}
                      </div>
                    ))}
                  </div>
                ) : null
              }
            />
            {series.map((line, index) => {
              const last = data.findLastIndex((point) => point[`s${index}`] !== undefined);
              return (
                <Line
                  key={line.name}
                  dataKey={`s${index}`}
                  name={line.name}
                  stroke={strokeOf(line.side, colours)}
                  strokeWidth={1.75}
                  strokeDasharray={line.side === 'after' ? '6 3' : undefined}
                  dot={false}
                  connectNulls
                  isAnimationActive={false}
                >
                  <LabelList
                    content={({ x, y, index: at }) =>
                      at === last ? (
                        <text
                          x={Number(x) + 8}
                          y={Number(y) + moved[index]}
                          fontSize={11}
                          dominantBaseline="central"
                          fill={inkOf(line.side, colours)}
                        >
                          {line.name}
                        </text>
                      ) : null
                    }
                  />
                </Line>
              );
            })}
          </Chart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}
