import './Panes.css';
import './Tabs.css';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useRef, useState } from 'react';
import { useMedia, useSize } from './hooks.ts';
import { fitPanes, type PaneSizes, parsePanes } from './paneSizes.ts';
import { useUiText } from './strings.tsx';

export interface Pane {
  id: string;
  label: string;
  content: ReactNode;
}

export interface PanesProps {
  label: string;
  /** Left, middle, right. */
  panes: readonly [Pane, Pane, Pane];
  /** Where the widths are remembered on this device. */
  storageKey: string;
  initial?: PaneSizes;
  /** Under 900 px: stays in sight below the tabs. */
  pinned?: ReactNode;
  /** The tab in front under 900 px, when the page wants to choose it. */
  active?: string;
  onActive?: (id: string) => void;
}

const limits = { min: 220, middle: 320 };
const narrowQuery = '(max-width: 899px)';

function load(key: string, fallback: PaneSizes): PaneSizes {
  try {
    return parsePanes(localStorage.getItem(key), fallback);
  } catch {
    return fallback;
  }
}

function save(key: string, sizes: PaneSizes): void {
  try {
    localStorage.setItem(key, JSON.stringify(sizes));
  } catch {
    // Storage may be full or forbidden; the widths are then those of this visit only.
  }
}

/** Three panes side by side that resize and remember; one at a time, as tabs, on a narrow window. Panes stay mounted throughout. */
export function Panes(props: PanesProps) {
  const { label, panes, storageKey, initial = { left: 320, right: 340 }, pinned } = props;
  const id = useId();
  const narrow = useMedia(narrowQuery);
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [asked, setAsked] = useState(() => load(storageKey, initial));
  const [own, setOwn] = useState(panes[1].id);
  const active = props.active ?? own;
  const sizes = width > 0 ? fitPanes(asked, width, limits) : asked;

  const choose = (next: string) => {
    setOwn(next);
    props.onActive?.(next);
  };
  const resize = (side: keyof PaneSizes, to: number) => {
    const other = side === 'left' ? sizes.right : sizes.left;
    const most = Math.max(limits.min, width - limits.middle - other);
    const next = { ...sizes, [side]: Math.round(Math.min(most, Math.max(limits.min, to))) };
    setAsked(next);
    save(storageKey, next);
  };
  const onTabKey = (event: KeyboardEvent, index: number) => {
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: 2 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = panes[(to + 3) % 3];
    choose(next.id);
    document.getElementById(`${id}-tab-${next.id}`)?.focus();
  };

  const section = (pane: Pane, side?: keyof PaneSizes) => (
    <section
      key={pane.id}
      id={`${id}-${pane.id}`}
      className="ui-pane"
      data-main={side ? undefined : true}
      role={narrow ? 'tabpanel' : undefined}
      aria-labelledby={narrow ? `${id}-tab-${pane.id}` : undefined}
      aria-label={narrow ? undefined : pane.label}
      hidden={narrow && pane.id !== active}
      style={side && !narrow ? { width: sizes[side] } : undefined}
    >
      {pane.content}
    </section>
  );
  const separator = (side: keyof PaneSizes, pane: Pane) =>
    narrow ? null : (
      <PaneSeparator
        key={`${side}-separator`}
        name={pane.label}
        controls={`${id}-${pane.id}`}
        size={sizes[side]}
        max={Math.max(limits.min, width - limits.middle - (side === 'left' ? sizes.right : sizes.left))}
        direction={side === 'left' ? 1 : -1}
        onResize={(to) => resize(side, to)}
        onReset={() => resize(side, initial[side])}
      />
    );

  return (
    <div ref={box} className="ui-panes" data-narrow={narrow || undefined}>
      {narrow && (
        <div className="ui-tablist" role="tablist" aria-label={label}>
          {panes.map((pane, index) => (
            <button
              key={pane.id}
              type="button"
              id={`${id}-tab-${pane.id}`}
              role="tab"
              className="ui-tab"
              aria-selected={pane.id === active}
              aria-controls={`${id}-${pane.id}`}
              tabIndex={pane.id === active ? 0 : -1}
              onClick={() => choose(pane.id)}
              onKeyDown={(event) => onTabKey(event, index)}
            >
              {pane.label}
            </button>
          ))}
        </div>
      )}
      {section(panes[0], 'left')}
      {separator('left', panes[0])}
      {section(panes[1])}
      {separator('right', panes[2])}
      {section(panes[2], 'right')}
      {narrow && pinned && <div className="ui-panes-pinned">{pinned}</div>}
    </div>
  );
}

interface PaneSeparatorProps {
  name: string;
  controls: string;
  size: number;
  max: number;
  /** 1 when the pane grows to the right, −1 when it grows to the left. */
  direction: 1 | -1;
  onResize: (size: number) => void;
  onReset: () => void;
}

function PaneSeparator({ name, controls, size, max, direction, onResize, onReset }: PaneSeparatorProps) {
  const text = useUiText();
  const start = useRef<{ x: number; size: number }>(undefined);
  const [dragging, setDragging] = useState(false);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 64 : 16;
    const to = {
      ArrowRight: size + direction * step,
      ArrowLeft: size - direction * step,
      Home: limits.min,
      End: max,
    }[event.key];
    if (event.key === 'Enter') onReset();
    else if (to === undefined) return;
    else onResize(to);
    event.preventDefault();
  };
  const end = () => {
    start.current = undefined;
    setDragging(false);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be a focusable splitter (WAI-ARIA window splitter)
    <div
      role="separator"
      tabIndex={0}
      className="ui-pane-separator"
      data-dragging={dragging || undefined}
      aria-label={text('resize', { name })}
      aria-orientation="vertical"
      aria-controls={controls}
      aria-valuemin={limits.min}
      aria-valuemax={Math.round(max)}
      aria-valuenow={Math.round(size)}
      onKeyDown={onKeyDown}
      onDoubleClick={onReset}
      onPointerDown={(event: PointerEvent) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { x: event.clientX, size };
        setDragging(true);
      }}
      onPointerMove={(event: PointerEvent) => {
        if (start.current) onResize(start.current.size + direction * (event.clientX - start.current.x));
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}
