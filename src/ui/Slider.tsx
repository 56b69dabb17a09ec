import './Slider.css';
import './Field.css';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { FieldHead } from './FieldHead.tsx';
import { significant } from './format.ts';
import { NumberField } from './NumberField.tsx';
import { PowersField } from './PowersField.tsx';
import { fromPosition, nudge, type SliderScale, toPosition } from './sliderScale.ts';

export interface SliderProps extends SliderScale {
  label: string;
  value: number;
  /** On every movement, at most once a frame while dragging. */
  onChange: (value: number) => void;
  /** Once, when a drag, a key press or typing ends. */
  onCommit?: (value: number) => void;
  step?: number;
  unit?: string;
  /** How the number is written. `{ style: 'percent' }` shows 0.6 as 60 % and reads it back. */
  format?: Intl.NumberFormatOptions;
  /** What a screen reader says for a value; default the number and its unit. */
  valueText?: (value: number) => string;
  /** The number runs over many powers of ten, and is written and read as 1.5e−7. */
  powers?: boolean;
  marks?: { value: number; label: string }[];
  disabled?: boolean;
  explain?: ReactNode;
  note?: ReactNode;
}

const sixDigits: Intl.NumberFormatOptions = { maximumSignificantDigits: 4 };

/** A labelled slider and the number beside it: two handles on one value. */
export function Slider(props: SliderProps) {
  const { label, value, onChange, onCommit, step, unit, format = sixDigits, marks, disabled } = props;
  const scale: SliderScale = { min: props.min, max: props.max, mapping: props.mapping, floor: props.floor };
  const { locale } = useLocale();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const latest = useRef({ value, onCommit });
  const moved = useRef(false);
  latest.current.onCommit = onCommit;
  if (!moved.current) latest.current.value = value;

  const change = (next: number) => {
    moved.current = true;
    latest.current.value = next;
    onChange(next);
  };
  const commit = () => {
    if (!moved.current) return;
    moved.current = false;
    latest.current.onCommit?.(latest.current.value);
  };
  const settle = (next: number) => {
    change(next);
    commit();
  };
  const commitRef = useRef(commit);
  commitRef.current = commit;

  // React's onChange is the DOM's `input`; the end of a drag is the DOM's `change`, which React does not offer.
  useEffect(() => {
    const element = input.current;
    const end = () => commitRef.current();
    element?.addEventListener('change', end);
    return () => element?.removeEventListener('change', end);
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 }[event.key];
    const end = event.key === 'Home' ? scale.min : event.key === 'End' ? scale.max : undefined;
    if ((arrow === undefined && end === undefined) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const big = event.shiftKey || event.key.startsWith('Page');
    change(end ?? nudge(value, arrow!, big, scale, step));
  };

  const position = toPosition(value, scale);
  const written = props.powers ? significant(value, 3, locale) : new Intl.NumberFormat(locale, format).format(value);
  const spoken = props.valueText?.(value) ?? (unit ? `${written} ${unit}` : written);
  return (
    <div className="ui-field" data-disabled={disabled || undefined}>
      <FieldHead htmlFor={id} label={label} explain={props.explain} />
      <div className="ui-slider-row">
        <div
          className="ui-slider"
          data-marks={marks ? true : undefined}
          style={{ '--fill': `${position * 100}%` } as CSSProperties}
        >
          <input
            ref={input}
            id={id}
            type="range"
            min={0}
            max={1}
            step="any"
            value={position}
            disabled={disabled}
            aria-valuetext={spoken}
            onChange={(event) => change(fromPosition(event.target.valueAsNumber, scale, step))}
            onKeyDown={onKeyDown}
            onKeyUp={commit}
            onBlur={commit}
          />
          {marks && (
            <div className="ui-slider-marks" aria-hidden="true">
              {marks.map((mark) => (
                <span key={mark.value} style={{ left: `${toPosition(mark.value, scale) * 100}%` }}>
                  {mark.label}
                </span>
              ))}
            </div>
          )}
        </div>
        {props.powers ? (
          <PowersField
            label={label}
            value={value}
            min={props.min}
            max={props.max}
            disabled={disabled}
            onChange={settle}
          />
        ) : (
          <NumberField
            label={label}
            hideLabel
            compact
            value={value}
            min={props.min}
            max={props.max}
            step={step}
            unit={unit}
            format={format}
            disabled={disabled}
            onChange={settle}
          />
        )}
      </div>
      {props.note && <span className="ui-field-note">{props.note}</span>}
    </div>
  );
}
