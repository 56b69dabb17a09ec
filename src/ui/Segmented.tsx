import './Segmented.css';
import './Field.css';
import { type ReactNode, useId } from 'react';
import { FieldHead } from './FieldHead.tsx';
import type { Option } from './Select.tsx';

export interface SegmentedProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
  explain?: ReactNode;
}

/** A radio group in one row: bits 1…8, a scope, a scheme. Arrow keys move the choice. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, hideLabel, value, options, onChange, disabled, explain } = props;
  const id = useId();
  return (
    <div className="ui-field" data-disabled={disabled || undefined}>
      {!hideLabel && <FieldHead id={id} label={label} explain={explain} />}
      <div
        className="ui-segmented"
        role="radiogroup"
        aria-label={hideLabel ? label : undefined}
        aria-labelledby={hideLabel ? undefined : id}
      >
        {options.map((option) => (
          <label key={option.value} title={option.note}>
            <input
              type="radio"
              name={id}
              value={option.value}
              checked={option.value === value}
              disabled={disabled || option.disabled}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </div>
  );
}
