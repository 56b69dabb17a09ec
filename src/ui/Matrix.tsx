import './ChartFrame.css';
import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { ChartFrame } from './ChartFrame.tsx';
import { formatOklch, labelOn, mix } from './colour.ts';
import { drawingToPng, drawingToSvg } from './exportChart.ts';
import { integer } from './format.ts';
import { useSize } from './hooks.ts';
import { cellAt, matrixBox, shadeRows } from './matrixLayout.ts';
import type { Painter } from './painter.ts';
import { useUiText } from './strings.tsx';
import { heatEnds, useChartColours } from './theme.ts';
import { useCanvas } from './useCanvas.ts';
import { VisuallyHidden } from './VisuallyHidden.tsx';

export interface MatrixProps {
  title: ReactNode;
  /** Names of the classes, in order. */
  classes: readonly string[];
  /** `classes.length²` counts, row by row: actual class down, predicted class across. */
  counts: ArrayLike<number>;
  /** In words, for everyone who cannot see the picture: the accuracy, the worst confusions. */
  summary: string;
  fileName?: string;
  explain?: ReactNode;
}

/** A confusion matrix of up to a thousand classes. Shade is the share of the row, so that rare classes show too. Arrow keys move the cell. */
export function Matrix({ title, classes, counts, summary, fileName = 'confusion', explain }: MatrixProps) {
  const text = useUiText();
  const { locale } = useLocale();
  const colours = useChartColours();
  const plot = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(plot);
  const [cell, setCell] = useState<{ row: number; column: number }>();
  const n = classes.length;
  const box = useMemo(() => matrixBox(size.width, size.height, classes), [size.width, size.height, classes]);
  const shades = useMemo(() => shadeRows(counts, n), [counts, n]);
  const [low, high] = useMemo(() => heatEnds(colours), [colours]);
  const actual = text('actual');
  const predicted = text('predicted');

  const paint = useCallback(
    (p: Painter) => {
      const { left, top, cell: side } = box;
      const gap = side > 8 ? 1 : 0;
      p.rect(left, top, side * n, side * n, formatOklch(low));
      for (let row = 0; row < n; row++)
        for (let column = 0; column < n; column++) {
          const i = row * n + column;
          if (!(shades[i] > 0) && side < 16) continue;
          const fill = mix(low, high, shades[i]);
          // Cells thinner than a pixel would vanish between pixels.
          p.rect(
            left + column * side,
            top + row * side,
            Math.max(1, side - gap),
            Math.max(1, side - gap),
            formatOklch(fill),
          );
          if (side >= 22 && counts[i] > 0 && String(counts[i]).length * 6.5 < side)
            p.text(left + (column + 0.5) * side, top + (row + 0.5) * side, String(counts[i]), {
              fill: formatOklch(labelOn(fill)),
              size: 10,
              align: 'middle',
            });
        }
      const muted = { fill: colours['text-muted'], size: 11 } as const;
      if (side >= 13)
        for (let i = 0; i < n; i++) {
          p.text(left - 6, top + (i + 0.5) * side, box.name(i), { ...muted, align: 'end' });
          if (side >= 26)
            p.text(left + (i + 0.5) * side, top + side * n + 5, box.short(i), {
              ...muted,
              align: 'middle',
              baseline: 'top',
            });
        }
      p.text(left + (side * n) / 2, top + side * n + (side >= 26 ? 22 : 7), predicted, {
        ...muted,
        align: 'middle',
        baseline: 'top',
      });
      p.text(9, top + (side * n) / 2, actual, { ...muted, align: 'middle', vertical: true });
    },
    [box, n, shades, counts, low, high, colours, actual, predicted],
  );
  useCanvas(canvas, size, colours, paint);

  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!move || n === 0) return;
    event.preventDefault();
    const from = cell ?? { row: 0, column: -move[1] };
    const inside = (value: number) => Math.min(n - 1, Math.max(0, value));
    setCell({ row: inside(from.row + move[0]), column: inside(from.column + move[1]) });
  };
  const spoken =
    cell &&
    `${actual} ${classes[cell.row]} · ${predicted} ${classes[cell.column]} · ${integer(counts[cell.row * n + cell.column], locale)}`;
  const drawing = () => ({ width: Math.max(1, size.width), height: Math.max(1, size.height), paint });
  return (
    <ChartFrame
      title={title}
      explain={explain}
      fileName={fileName}
      table={() => ({
        columns: [`${actual} \\ ${predicted}`, ...classes],
        rows: classes.map((name, row) => [name, ...Array.from({ length: n }, (_, column) => counts[row * n + column])]),
      })}
      svg={() => drawingToSvg(drawing(), colours)}
      png={() => drawingToPng(drawing(), colours)}
    >
      {/* biome-ignore-start lint/a11y: a picture whose cells are walked by keys and read out below */}
      <div
        ref={plot}
        className="ui-chart-plot"
        role="img"
        tabIndex={0}
        aria-label={summary}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          const rect = plot.current!.getBoundingClientRect();
          setCell(cellAt(box, n, event.clientX - rect.left, event.clientY - rect.top));
        }}
        onPointerLeave={() => setCell(undefined)}
      >
        <canvas ref={canvas} className="ui-chart-canvas" />
        {cell && (
          <div
            className="ui-chart-read"
            style={{
              top: box.top + (cell.row + (cell.row < n / 2 ? 1 : 0)) * box.cell + (cell.row < n / 2 ? 6 : -34),
              ...(cell.column < n / 2
                ? { left: box.left + (cell.column + 1) * box.cell + 4 }
                : { right: size.width - box.left - cell.column * box.cell + 4 }),
            }}
          >
            {spoken}
          </div>
        )}
      </div>
      {/* biome-ignore-end lint/a11y: see above */}
      <VisuallyHidden as="div">
        <span role="status">{spoken}</span>
      </VisuallyHidden>
    </ChartFrame>
  );
}
