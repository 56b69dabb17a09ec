import './Field.css';
import { type ReactNode, useId } from 'react';
import { FieldHead } from './FieldHead.tsx';

export interface TextFieldProps {
  label: string;
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  note?: string;
  error?: string;
  disabled?: boolean;
  type?: 'text' | 'search';
  maxLength?: number;
  explain?: ReactNode;
}

export function TextField({
  label,
  hideLabel,
  value,
  onChange,
  note,
  error,
  disabled,
  explain,
  ...input
}: TextFieldProps) {
  const id = useId();
  const about = error ? `${id}-error` : note ? `${id}-note` : undefined;
  return (
    <div className="ui-field" data-disabled={disabled || undefined}>
      {!hideLabel && <FieldHead htmlFor={id} label={label} explain={explain} />}
      <div className="ui-input" data-invalid={error ? true : undefined}>
        <input
          {...input}
          id={id}
          value={value}
          disabled={disabled}
          aria-label={hideLabel ? label : undefined}
          aria-invalid={error ? true : undefined}
          aria-describedby={about}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
      {error ? (
        <span id={`${id}-error`} className="ui-field-error">
          {error}
        </span>
      ) : (
        note && (
          <span id={`${id}-note`} className="ui-field-note">
            {note}
          </span>
        )
      )}
    </div>
  );
}
