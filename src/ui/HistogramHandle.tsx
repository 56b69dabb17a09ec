import './Histogram.css';
import type { KeyboardEvent } from 'react';

export interface HistogramHandleProps {
  label: string;
  /** Pixels from the left of the chart. */
  left: number;
  top: number;
  bottom: number;
  value: number;
  min: number;
  max: number;
  /** By an arrow key; a 200th of the way by default. */
  step?: number;
  valueText: string;
  side: 'cut' | 'clip';
  /** A twin at the other side of zero: dragged like the first, but said and reached once only. */
  twin?: boolean;
  /** The value wanted: a place in pixels of the window while dragged, or a value from a key. */
  onDrag: (clientX: number) => void;
  onKey: (value: number) => void;
  onEnd?: () => void;
}

/** A vertical line of the chart that is dragged, or moved by arrow keys. */
export function HistogramHandle(props: HistogramHandleProps) {
  const { value, min, max, twin, onDrag, onKey, onEnd } = props;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = (props.step ?? (max - min) / 200) * (event.shiftKey ? 10 : 1);
    const to = {
      ArrowRight: value + step,
      ArrowUp: value + step,
      ArrowLeft: value - step,
      ArrowDown: value - step,
      PageUp: value + 10 * step,
      PageDown: value - 10 * step,
      Home: min,
      End: max,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    onKey(Math.min(max, Math.max(min, to)));
  };
  const said = twin
    ? ({ 'aria-hidden': true } as const)
    : ({
        role: 'slider',
        tabIndex: 0,
        'aria-label': props.label,
        'aria-valuemin': min,
        'aria-valuemax': max,
        'aria-valuenow': value,
        'aria-valuetext': props.valueText,
        onKeyDown,
        onKeyUp: onEnd,
      } as const);
  return (
    <div
      {...said}
      className="ui-handle"
      data-side={props.side}
      style={{ left: Math.round(props.left), top: props.top, height: props.bottom - props.top }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.stopPropagation();
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) onDrag(event.clientX);
      }}
      onPointerUp={onEnd}
      onPointerCancel={onEnd}
    />
  );
}
