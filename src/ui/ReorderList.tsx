import './ReorderList.css';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { Icon } from './icons.tsx';
import { useUiText } from './strings.tsx';
import { VisuallyHidden } from './VisuallyHidden.tsx';

export interface ReorderListProps<T> {
  label: string;
  items: readonly T[];
  getKey: (item: T) => string;
  getName: (item: T) => string;
  /** Called with both places as they are in `items`: take out `from`, put in at `to`. */
  onMove: (from: number, to: number) => void;
  /** Renders one item; `handle` is the grip to put where it belongs. */
  children: (item: T, handle: ReactNode, index: number) => ReactNode;
}

/** A list whose items move by dragging their grip, by touch alike, and by ↑ ↓ Home End on it. */
export function ReorderList<T>({ label, items, getKey, getName, onMove, children }: ReorderListProps<T>) {
  const text = useUiText();
  const list = useRef<HTMLUListElement>(null);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const [said, setSaid] = useState('');

  const move = (from: number, to: number) => {
    const at = Math.min(items.length - 1, Math.max(0, to));
    if (at === from) return;
    setSaid(text('moved', { name: getName(items[from]), position: at + 1, total: items.length }));
    onMove(from, at);
  };

  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(index, to);
  };

  /** The place the item would take: the number of other items whose middle lies above the pointer. */
  const placeAt = (y: number, from: number): number => {
    const rows = [...(list.current?.children ?? [])].map((row) => row.getBoundingClientRect());
    return rows.filter((row, index) => index !== from && y > row.top + row.height / 2).length;
  };

  const onPointerMove = (event: PointerEvent) => {
    if (drag) setDrag({ from: drag.from, to: placeAt(event.clientY, drag.from) });
  };

  const grip = (item: T, index: number) => (
    <button
      type="button"
      className="ui-grip"
      aria-label={text('reorder', { name: getName(item) })}
      aria-keyshortcuts="ArrowUp ArrowDown Home End"
      onKeyDown={(event) => onKeyDown(event, index)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: index, to: index });
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        if (drag) move(drag.from, drag.to);
        setDrag(undefined);
      }}
      onPointerCancel={() => setDrag(undefined)}
    >
      <Icon name="grip" size={14} />
    </button>
  );

  const mark = (index: number) => {
    if (!drag || drag.to === drag.from || index !== drag.to) return undefined;
    return drag.to < drag.from ? 'before' : 'after';
  };

  return (
    <>
      <ul ref={list} className="ui-reorder" aria-label={label}>
        {items.map((item, index) => (
          <li key={getKey(item)} data-dragging={drag?.from === index || undefined} data-drop={mark(index)}>
            {children(item, grip(item, index), index)}
          </li>
        ))}
      </ul>
      <VisuallyHidden as="div">
        <span role="status">{said}</span>
      </VisuallyHidden>
    </>
  );
}
