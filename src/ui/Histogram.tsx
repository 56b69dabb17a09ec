import './Histogram.css';
import { type ReactNode, useCallback, useRef, useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { ChartFrame } from './ChartFrame.tsx';
import { type ChartTable, drawingToPng, drawingToSvg } from './exportChart.ts';
import { integer, significant } from './format.ts';
import { HistogramHandle } from './HistogramHandle.tsx';
import { binOf, fromPixel, toPixel } from './histogramScale.ts';
import { useSize, useWindowEvent } from './hooks.ts';
import { IconButton } from './IconButton.tsx';
import { axisOf, type HistogramData, type HistogramScene, paintHistogram, plotBox } from './paintHistogram.ts';
import { useUiText } from './strings.tsx';
import { useChartColours } from './theme.ts';
import { useCanvas } from './useCanvas.ts';

export interface HistogramProps extends HistogramData {
  title: ReactNode;
  /** Axis titles with units: "value", "weights per bin", "weights per level". */
  xLabel: string;
  yLabel: string;
  levelsLabel?: string;
  fileName?: string;
  explain?: ReactNode;
  /** Values on a log scale: all edges are over 0. */
  xLog?: boolean;
  /** Magnitude threshold: |x| < cut is shaded. */
  cut?: number;
  /** Makes the threshold draggable. On every movement. */
  onCut?: (cut: number) => void;
  /** Calibration range. */
  clip?: readonly [number, number];
  onClip?: (clip: [number, number]) => void;
  /** A drag or key press of either handle ended. */
  onCommit?: () => void;
  log?: boolean;
  onLog?: (log: boolean) => void;
}

/** Where a letter is text or a search, not a key of the chart. */
const typing =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, [contenteditable], [role=menu], [role=option], [aria-haspopup=listbox]';

const same = (x: number) => x;

/** Values before (filled) and after (outlined, or their levels), with the threshold and the clips as handles on the chart itself. */
export function Histogram(props: HistogramProps) {
  const { edges, before, after, levels, cut, onCut, clip, onClip, onCommit, xLog } = props;
  const text = useUiText();
  const { locale } = useLocale();
  const colours = useChartColours();
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(plot);
  const [ownLog, setOwnLog] = useState(false);
  const [hovered, setHovered] = useState(-1);
  const log = props.log ?? ownLog;
  const box = plotBox(size.width, size.height, levels !== undefined);
  const axis = axisOf(edges, xLog);
  const { low, high } = axis;
  const reach = Math.max(Math.abs(low), Math.abs(high));

  const toggleLog = () => {
    setOwnLog(!log);
    props.onLog?.(!log);
  };
  const toggleRef = useRef(toggleLog);
  toggleRef.current = toggleLog;
  const onKey = useCallback((event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'l' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(event.target instanceof Element) || event.target.closest(typing)) return;
    toggleRef.current();
  }, []);
  useWindowEvent('keydown', onKey);

  const scene = (width: number, height: number, hover: number): HistogramScene => ({
    data: { edges, before, after, levels },
    box: plotBox(width, height, levels !== undefined),
    log,
    xLog,
    cut,
    clip,
    hovered: hover,
    colours,
    locale,
    text: {
      xLabel: props.xLabel,
      yLabel: props.yLabel,
      levelsLabel: props.levelsLabel ?? text('level'),
      before: text('before'),
      after: text('after'),
    },
  });
  useCanvas(canvas, size, colours, (painter) => paintHistogram(painter, scene(size.width, size.height, hovered)));

  const drawing = () => {
    const width = Math.max(320, size.width);
    const height = Math.max(200, size.height);
    return {
      width,
      height,
      paint: (p: Parameters<typeof paintHistogram>[0]) => paintHistogram(p, scene(width, height, -1)),
    };
  };
  const table = (): ChartTable => {
    const bins = Array.from({ length: Math.max(0, edges.length - 1) }, (_, i) => [
      edges[i],
      edges[i + 1],
      before[i],
      ...(after ? [after[i]] : []),
    ]);
    const columns = [text('from'), text('to'), text('before'), ...(after ? [text('after')] : [])];
    if (!levels) return { columns, rows: bins };
    const blank = after ? ['', '', '', ''] : ['', '', ''];
    return {
      columns: [...columns, text('level'), text('count')],
      rows: Array.from({ length: Math.max(bins.length, levels.length) }, (_, i) => [
        ...(bins[i] ?? blank),
        ...(levels[i] ? [levels[i].x, levels[i].count] : ['', '']),
      ]),
    };
  };

  const valueAt = (clientX: number) =>
    fromPixel(clientX - (plot.current?.getBoundingClientRect().left ?? 0), axis, box);
  const written = (value: number) => significant(value, 3, locale);
  const moveClip = (side: 0 | 1, value: number) => {
    if (!clip) return;
    onClip?.(side === 0 ? [Math.min(value, clip[1]), clip[1]] : [clip[0], Math.max(value, clip[0])]);
  };
  const handle = { top: box.top, bottom: box.bottom, onEnd: onCommit };
  const cutHandle = (sign: 1 | -1) => {
    const at = sign * (cut ?? 0);
    // One of the two is said and reached by keys: the right one, unless every value is negative. It stays even when the cut is past the end.
    const first = high > 0 ? 1 : -1;
    if (sign !== first && (axis.log || at < low || at > high)) return null;
    // On a log axis keys move by shares, as the hand does.
    const [scaled, value] = axis.log ? [Math.log10, (exponent: number) => 10 ** exponent] : [same, same];
    const inside = Math.min(high, Math.max(low, at));
    return (
      <HistogramHandle
        {...handle}
        key={sign}
        side="cut"
        twin={sign !== first}
        label={text('threshold')}
        left={toPixel(inside, axis, box)}
        value={scaled(axis.log ? inside : (cut ?? 0))}
        min={axis.log ? scaled(low) : 0}
        max={scaled(axis.log ? high : reach)}
        valueText={written(cut ?? 0)}
        onDrag={(x) => onCut?.(Math.abs(valueAt(x)))}
        onKey={(key) => onCut?.(value(key))}
      />
    );
  };

  return (
    <ChartFrame
      title={props.title}
      explain={props.explain}
      fileName={props.fileName ?? 'histogram'}
      table={table}
      svg={() => drawingToSvg(drawing(), colours)}
      png={() => drawingToPng(drawing(), colours)}
      tools={<IconButton icon="log" label={text('logScale')} shortcut="L" pressed={log} onPress={toggleLog} />}
    >
      <div
        ref={plot}
        className="ui-chart-plot"
        onPointerMove={(event) => setHovered(binOf(valueAt(event.clientX), edges))}
        onPointerLeave={() => setHovered(-1)}
      >
        <canvas ref={canvas} className="ui-chart-canvas" />
        {size.width > 0 && cut !== undefined && onCut && [cutHandle(-1), cutHandle(1)]}
        {size.width > 0 &&
          clip &&
          onClip &&
          ([0, 1] as const).map((side) => (
            <HistogramHandle
              {...handle}
              key={`clip-${side}`}
              side="clip"
              label={text(side === 0 ? 'clipLow' : 'clipHigh')}
              left={toPixel(Math.min(high, Math.max(low, clip[side])), axis, box)}
              value={clip[side]}
              min={side === 0 ? low : clip[0]}
              max={side === 0 ? clip[1] : high}
              valueText={written(clip[side])}
              onDrag={(x) => moveClip(side, valueAt(x))}
              onKey={(value) => moveClip(side, value)}
            />
          ))}
        {hovered >= 0 && hovered < before.length && (
          <div
            className="ui-chart-read"
            style={
              toPixel(edges[hovered], axis, box) < size.width / 2
                ? { top: box.top + 4, right: size.width - box.right + 6 }
                : { top: box.top + 4, left: box.left + 6 }
            }
          >
            {written(edges[hovered])} … {written(edges[hovered + 1])}
            <br />
            <span style={{ color: 'var(--before-text)' }}>
              {text('before')} {integer(before[hovered], locale)}
            </span>
            {after && (
              <span style={{ color: 'var(--after-text)' }}>
                {' · '}
                {text('after')} {integer(after[hovered] ?? 0, locale)}
              </span>
            )}
          </div>
        )}
      </div>
    </ChartFrame>
  );
}
