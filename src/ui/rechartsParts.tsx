import { type RefObject, useRef } from 'react';
import { elementToSvg, svgToPng } from './exportChart.ts';
import { type ChartColours, useChartColours } from './theme.ts';

export interface ChartPlot {
  /** Put on the element around the recharts container. */
  ref: RefObject<HTMLDivElement | null>;
  colours: ChartColours;
  svg: () => string;
  png: () => Promise<Blob>;
}

/** What every recharts chart of ours shares: the colours of the theme, and itself as a file. */
export function useChartPlot(): ChartPlot {
  const ref = useRef<HTMLDivElement>(null);
  const colours = useChartColours();
  const svg = () => {
    const element = ref.current?.querySelector<SVGSVGElement>('svg.recharts-surface');
    return element ? elementToSvg(element, colours) : '';
  };
  const png = () => svgToPng(svg(), ref.current?.clientWidth ?? 1, ref.current?.clientHeight ?? 1);
  return { ref, colours, svg, png };
}

/** Axis settings shared by the charts: hairlines, 11 px ticks, no animation. */
export function axisStyle(colours: ChartColours) {
  return {
    stroke: colours.control,
    tick: { fill: colours['text-muted'], fontSize: 11 },
    tickLine: { stroke: colours.control },
    tickSize: 4,
  } as const;
}

/** Room under the plot for ticks and a title. */
export const xAxisHeight = 40;

/** The title of an axis at its usual place. */
export function axisTitle(value: string, axis: 'x' | 'y', colours: ChartColours) {
  return axis === 'x'
    ? ({ value, position: 'insideBottom', offset: 5, fill: colours['text-muted'], fontSize: 11 } as const)
    : ({
        value,
        angle: -90,
        position: 'insideLeft',
        style: { textAnchor: 'middle' },
        fill: colours['text-muted'],
        fontSize: 11,
      } as const);
}
