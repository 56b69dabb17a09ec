import './Toggle.css';
import { type ReactNode, useEffect, useRef } from 'react';
import { VisuallyHidden } from './VisuallyHidden.tsx';

export interface CheckboxProps {
  label: string;
  hideLabel?: boolean;
  checked: boolean;
  /** Some of what it stands for is chosen. */
  mixed?: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  explain?: ReactNode;
}

/** Part of a set, or not. */
export function Checkbox({ label, hideLabel, checked, mixed = false, onChange, disabled, explain }: CheckboxProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // `indeterminate` exists only as a property.
    if (input.current) input.current.indeterminate = mixed;
  }, [mixed]);
  return (
    <span className="ui-toggle-row">
      <label className="ui-toggle">
        <input
          ref={input}
          type="checkbox"
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        {hideLabel ? <VisuallyHidden>{label}</VisuallyHidden> : label}
      </label>
      {explain}
    </span>
  );
}
