import './Toggle.css';
import type { ReactNode } from 'react';

export interface SwitchProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
  explain?: ReactNode;
}

/** On or off, at once. */
export function Switch({ label, checked, onChange, disabled, explain }: SwitchProps) {
  return (
    <span className="ui-toggle-row">
      <label className="ui-toggle">
        <input
          type="checkbox"
          role="switch"
          checked={checked}
          aria-checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
        />
        {label}
      </label>
      {explain}
    </span>
  );
}
