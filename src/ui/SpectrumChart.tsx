import { type ReactNode, useRef, useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { ChartFrame } from './ChartFrame.tsx';
import { drawingToPng, drawingToSvg } from './exportChart.ts';
import { percent, significant } from './format.ts';
import { HistogramHandle } from './HistogramHandle.tsx';
import { fromPixel, toPixel } from './histogramScale.ts';
import { useSize } from './hooks.ts';
import { paintSpectrum, rankAxis, type SpectrumData, type SpectrumText, spectrumBox } from './paintSpectrum.ts';
import { useChartColours } from './theme.ts';
import { useCanvas } from './useCanvas.ts';

export interface SpectrumChartProps extends SpectrumData, SpectrumText {
  title: ReactNode;
  fileName: string;
  explain?: ReactNode;
  /** On every movement of the mark. */
  onRank: (rank: number) => void;
}

/** The singular values of a matrix and the energy that each rank keeps; the rank is a handle on the chart itself. */
export function SpectrumChart(props: SpectrumChartProps) {
  const { values, kept, rank, onRank } = props;
  const { locale } = useLocale();
  const colours = useChartColours();
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(plot);
  const [hovered, setHovered] = useState(0);
  const box = spectrumBox(size.width, size.height);
  const axis = rankAxis(values);
  const full = values.length;

  const scene = (width: number, height: number, hover: number) => ({
    ...{ data: props, text: props, box: spectrumBox(width, height), hovered: hover, colours, locale },
  });
  useCanvas(canvas, size, colours, (painter) => paintSpectrum(painter, scene(size.width, size.height, hovered)));
  const drawing = () => {
    const width = Math.max(320, size.width);
    const height = Math.max(200, size.height);
    return {
      width,
      height,
      paint: (p: Parameters<typeof paintSpectrum>[0]) => paintSpectrum(p, scene(width, height, 0)),
    };
  };
  const table = () => ({
    columns: [props.xLabel, props.yLabel, props.keptLabel],
    rows: Array.from(values, (value, i) => [i + 1, value, kept[i]]),
  });

  const inside = (x: number) => Math.min(full, Math.max(1, Math.round(x)));
  const valueAt = (clientX: number) =>
    fromPixel(clientX - (plot.current?.getBoundingClientRect().left ?? 0), axis, box);
  return (
    <ChartFrame
      title={props.title}
      explain={props.explain}
      fileName={props.fileName}
      table={table}
      svg={() => drawingToSvg(drawing(), colours)}
      png={() => drawingToPng(drawing(), colours)}
    >
      <div
        ref={plot}
        className="ui-chart-plot"
        onPointerMove={(event) => setHovered(inside(valueAt(event.clientX)))}
        onPointerLeave={() => setHovered(0)}
      >
        <canvas ref={canvas} className="ui-chart-canvas" />
        {size.width > 0 && (
          <HistogramHandle
            side="cut"
            label={props.xLabel}
            left={toPixel(rank + 0.5, axis, box)}
            top={box.top}
            bottom={box.bottom}
            value={rank}
            min={1}
            max={full}
            step={1}
            valueText={`${rank}, ${percent(kept[rank - 1], 1, locale)}`}
            // The mark stands behind the last rank that stays.
            onDrag={(x) => onRank(inside(valueAt(x) - 0.5))}
            onKey={(value) => onRank(inside(value))}
          />
        )}
        {hovered > 0 && (
          <div
            className="ui-chart-read"
            style={
              toPixel(hovered, axis, box) < size.width / 2
                ? { top: box.top + 4, right: size.width - box.right + 6 }
                : { top: box.top + 4, left: box.left + 6 }
            }
          >
            {props.xLabel} {hovered}
            <br />
            <span style={{ color: 'var(--before-text)' }}>{significant(values[hovered - 1], 3, locale)}</span>
            {' · '}
            {percent(kept[hovered - 1], 1, locale)}
          </div>
        )}
      </div>
    </ChartFrame>
  );
}
