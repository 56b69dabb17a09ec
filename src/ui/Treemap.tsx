import './Treemap.css';
import './ChartFrame.css';
import { type KeyboardEvent, type ReactNode, useCallback, useId, useMemo, useRef, useState } from 'react';
import { ChartFrame } from './ChartFrame.tsx';
import { formatOklch, labelOn, mix, parseOklch } from './colour.ts';
import { drawingToPng, drawingToSvg } from './exportChart.ts';
import { integer } from './format.ts';
import { useSize } from './hooks.ts';
import type { Painter } from './painter.ts';
import type { Tile } from './squarify.ts';
import { useUiText } from './strings.tsx';
import { heatEnds, useChartColours } from './theme.ts';
import { tileAt, treemapTiles } from './treemapTiles.ts';
import { useCanvas } from './useCanvas.ts';
import { VisuallyHidden } from './VisuallyHidden.tsx';

export interface TreemapItem {
  id: string;
  name: string;
  /** The area, in any unit. */
  weight: number;
  /** 0…1 on the heat scale; absent is 0. */
  heat?: number;
  /** What is said of it under the pointer and to a screen reader: "1.6 MB · 92.8 % · 38 dB". */
  detail: string;
}

export interface TreemapProps {
  title: ReactNode;
  label: string;
  items: readonly TreemapItem[];
  selected?: string;
  onSelect?: (id: string) => void;
  weightLabel: string;
  /** The two ends of the heat scale in words: ["60 dB", "10 dB"]; absent when nothing is coloured. */
  heatLabels?: readonly [string, string];
  fileName?: string;
  explain?: ReactNode;
}

/** Every item by its size, coloured by its heat. Pointer: hover and click. Keys: arrows go by size, Enter picks. */
export function Treemap(props: TreemapProps) {
  const { title, label, items, selected, onSelect, heatLabels } = props;
  const text = useUiText();
  const id = useId();
  const colours = useChartColours();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const [hovered, setHovered] = useState<{ tile: Tile; x: number; y: number }>();
  const [active, setActive] = useState(0);

  const layout = useMemo(
    () =>
      treemapTiles(
        Float64Array.from(items, (item) => item.weight),
        size.width,
        size.height,
      ),
    [items, size.width, size.height],
  );
  const { tiles, small } = layout;
  const nameOf = (tile: Tile) => items[tile.index]?.name ?? text('smallItems', { count: integer(small) });
  const detailOf = (tile: Tile) => items[tile.index]?.detail ?? '';

  const [low, high] = useMemo(() => heatEnds(colours), [colours]);
  const sunken = useMemo(() => parseOklch(colours['surface-sunken']) ?? low, [colours, low]);
  const smallName = text('smallItems', { count: integer(small) });
  const paint = useCallback(
    (p: Painter) => {
      for (const tile of tiles) {
        const item = items[tile.index] as TreemapItem | undefined;
        const fill = item ? mix(low, high, item.heat ?? 0) : sunken;
        // Tiles of a few pixels would be all gap.
        const gap = Math.min(tile.width, tile.height) > 5 ? 1 : 0.4;
        p.rect(tile.x, tile.y, Math.max(0.5, tile.width - gap), Math.max(0.5, tile.height - gap), formatOklch(fill));
        // About 6.6 px a letter at 11 px monospace; a name that does not fit says nothing cut short.
        const name = item?.name ?? smallName;
        const letters = Math.floor((tile.width - 10) / 6.7);
        if (tile.height < 18 || letters < 3) continue;
        const shown = name.length <= letters ? name : letters >= 6 ? `${name.slice(0, letters - 1)}…` : '';
        const ink = formatOklch(labelOn(fill));
        p.text(tile.x + 5, tile.y + 5, shown, { fill: ink, size: 11, mono: true, baseline: 'top' });
        if (item && tile.height > 36 && item.detail.length * 5.6 < tile.width - 10)
          p.text(tile.x + 5, tile.y + 20, item.detail, { fill: ink, size: 10, baseline: 'top' });
      }
    },
    [tiles, items, low, high, sunken, smallName],
  );
  useCanvas(canvas, size, colours, paint);

  const find = (clientX: number, clientY: number) => {
    const rect = box.current!.getBoundingClientRect();
    const x = clientX - rect.left;
    const y = clientY - rect.top;
    const tile = tileAt(tiles, x, y);
    return tile && { tile, x, y };
  };
  const pick = (tile: Tile | undefined) => {
    const item = tile && items[tile.index];
    if (item) onSelect?.(item.id);
  };
  const at = Math.min(active, tiles.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = {
      ArrowRight: at + 1,
      ArrowDown: at + 1,
      ArrowLeft: at - 1,
      ArrowUp: at - 1,
      Home: 0,
      End: tiles.length - 1,
    }[event.key];
    if (event.key === 'Enter' || event.key === ' ') pick(tiles[at]);
    else if (to === undefined) return;
    else setActive(Math.max(0, Math.min(tiles.length - 1, to)));
    event.preventDefault();
  };

  const [focused, setFocused] = useState(false);
  const mark = (tile: Tile | undefined, kind: string) =>
    tile && (
      <div
        className="ui-treemap-mark"
        data-kind={kind}
        style={{ left: tile.x - 0.5, top: tile.y - 0.5, width: tile.width, height: tile.height }}
      />
    );
  const chosen = selected === undefined ? undefined : tiles.find((tile) => items[tile.index]?.id === selected);
  const drawing = () => ({ width: Math.max(1, size.width), height: Math.max(1, size.height), paint });
  return (
    <ChartFrame
      title={title}
      explain={props.explain}
      fileName={props.fileName ?? 'treemap'}
      table={() => ({
        columns: [text('name'), props.weightLabel],
        rows: items.map((item) => [item.name, item.weight]),
      })}
      svg={() => drawingToSvg(drawing(), colours)}
      png={() => drawingToPng(drawing(), colours)}
    >
      <div
        ref={box}
        className="ui-treemap"
        role="listbox"
        tabIndex={0}
        aria-label={label}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        onKeyDown={onKeyDown}
        onFocus={(event) => setFocused(event.currentTarget.matches(':focus-visible'))}
        onBlur={() => setFocused(false)}
        onPointerMove={(event) => setHovered(find(event.clientX, event.clientY))}
        onPointerLeave={() => setHovered(undefined)}
        onClick={(event) => {
          const hit = find(event.clientX, event.clientY);
          if (!hit) return;
          setActive(tiles.indexOf(hit.tile));
          pick(hit.tile);
        }}
      >
        <canvas ref={canvas} />
        {mark(hovered?.tile, 'hover')}
        {mark(chosen, 'selected')}
        {focused && mark(tiles[at], 'active')}
        {at >= 0 && (
          <VisuallyHidden as="div">
            {/* biome-ignore lint/a11y/useFocusableInteractive: the listbox holds the focus (aria-activedescendant) */}
            <div
              role="option"
              id={`${id}-${at}`}
              aria-selected={tiles[at] === chosen}
              aria-posinset={at + 1}
              aria-setsize={tiles.length}
            >
              {nameOf(tiles[at])} {detailOf(tiles[at])}
            </div>
          </VisuallyHidden>
        )}
        {hovered && tiles.includes(hovered.tile) && (
          <div
            className="ui-chart-read"
            style={{
              [hovered.x > size.width / 2 ? 'right' : 'left']:
                hovered.x > size.width / 2 ? size.width - hovered.x + 10 : hovered.x + 10,
              [hovered.y > size.height / 2 ? 'bottom' : 'top']:
                hovered.y > size.height / 2 ? size.height - hovered.y + 10 : hovered.y + 10,
            }}
          >
            <code>{nameOf(hovered.tile)}</code>
            <br />
            {detailOf(hovered.tile)}
          </div>
        )}
      </div>
      {heatLabels && (
        <div className="ui-treemap-scale">
          <span>{heatLabels[0]}</span>
          <i />
          <span>{heatLabels[1]}</span>
        </div>
      )}
    </ChartFrame>
  );
}
