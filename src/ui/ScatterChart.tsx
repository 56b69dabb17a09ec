import './ChartFrame.css';
import type { ReactNode } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import {
  CartesianGrid,
  ScatterChart as Chart,
  LabelList,
  ResponsiveContainer,
  Scatter,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { ChartFrame } from './ChartFrame.tsx';
import { significant } from './format.ts';
import { axisStyle, axisTitle, type Side, strokeOf, useChartPlot, xAxisHeight } from './rechartsParts.tsx';
import { useUiText } from './strings.tsx';
import { linearTicks } from './ticks.ts';

export interface ScatterPoint {
  id: string;
  name: string;
  x: number;
  y: number;
  side: Side;
}

export interface ScatterChartProps {
  title: ReactNode;
  summary: string;
  xLabel: string;
  yLabel: string;
  points: readonly ScatterPoint[];
  xFormat?: (x: number) => string;
  yFormat?: (y: number) => string;
  onSelect?: (id: string) => void;
  fileName?: string;
  explain?: ReactNode;
}

/** Names are drawn beside their points up to this many; more would cover each other. */
const named = 24;

function limits(values: readonly number[]): [number, number] {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(low)) return [0, 1];
  const pad = high > low ? (high - low) * 0.08 : Math.abs(low) * 0.1 || 1;
  return [low - pad, high + pad];
}

/** Trade-offs: each point one recipe, bytes against accuracy. Load it lazily. */
export default function ScatterChart(props: ScatterChartProps) {
  const { xLabel, yLabel, onSelect, fileName = 'trade-offs' } = props;
  const text = useUiText();
  const { locale } = useLocale();
  const { ref, colours, svg, png } = useChartPlot();
  const xFormat = props.xFormat ?? ((x: number) => significant(x, 3, locale));
  const yFormat = props.yFormat ?? ((y: number) => significant(y, 3, locale));
  const points = props.points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const xRange = limits(points.map((point) => point.x));
  const yRange = limits(points.map((point) => point.y));
  return (
    <ChartFrame
      title={props.title}
      explain={props.explain}
      fileName={fileName}
      table={() => ({ columns: [text('name'), xLabel, yLabel], rows: points.map((p) => [p.name, p.x, p.y]) })}
      svg={svg}
      png={png}
    >
      <div ref={ref} className="ui-chart-plot" role="img" aria-label={props.summary}>
        <ResponsiveContainer>
          <Chart margin={{ top: 8, right: 24, bottom: 0, left: 12 }} accessibilityLayer={false}>
            <CartesianGrid syncWithTicks stroke={colours.line} />
            <XAxis
              height={xAxisHeight}
              type="number"
              dataKey="x"
              domain={xRange}
              ticks={linearTicks(...xRange, 6)}
              tickFormatter={xFormat}
              label={axisTitle(xLabel, 'x', colours)}
              {...axisStyle(colours)}
            />
            <YAxis
              type="number"
              dataKey="y"
              domain={yRange}
              ticks={linearTicks(...yRange, 5)}
              tickFormatter={yFormat}
              width={62}
              label={axisTitle(yLabel, 'y', colours)}
              {...axisStyle(colours)}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={false}
              content={({ active, payload }) => {
                const point = payload?.[0]?.payload as ScatterPoint | undefined;
                return active && point ? (
                  <div className="ui-chart-read" style={{ position: 'static' }}>
                    <strong>{point.name}</strong>
                    <div>
                      {xFormat(point.x)} · {yFormat(point.y)}
                    </div>
                  </div>
                ) : null;
              }}
            />
            {(['neutral', 'before', 'after'] as const).map((side) => (
              <Scatter
                key={side}
                data={points.filter((point) => point.side === side)}
                isAnimationActive={false}
                onClick={(point) => onSelect?.((point.payload as ScatterPoint).id)}
                shape={({ cx, cy }: { cx?: number; cy?: number }) =>
                  side === 'before' ? (
                    <circle cx={cx} cy={cy} r={5} fill={colours.before} />
                  ) : (
                    <circle
                      cx={cx}
                      cy={cy}
                      r={4.5}
                      fill={colours['surface-raised']}
                      stroke={strokeOf(side, colours)}
                      strokeWidth={2}
                    />
                  )
                }
              >
                {points.length <= named && (
                  <LabelList
                    dataKey="name"
                    content={({ x, y, value }) => {
                      // Names go to the right of their point, or to the left where the plot ends.
                      const flip = Number(x) > (ref.current?.clientWidth ?? 0) * 0.72;
                      return (
                        <text
                          x={Number(x) + (flip ? -6 : 16)}
                          y={Number(y) + 5}
                          fontSize={11}
                          textAnchor={flip ? 'end' : 'start'}
                          dominantBaseline="central"
                          fill={colours['text-muted']}
                        >
                          {value}
                        </text>
                      );
                    }}
                  />
                )}
              </Scatter>
            ))}
          </Chart>
        </ResponsiveContainer>
      </div>
    </ChartFrame>
  );
}
