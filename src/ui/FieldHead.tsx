import './Field.css';
import type { ReactNode } from 'react';

/** The name of a control with, beside it, whatever explains it. */
export function FieldHead({ id, htmlFor, label, explain }: FieldHeadProps) {
  return (
    <span className="ui-field-head">
      {htmlFor ? (
        <label id={id} htmlFor={htmlFor} className="ui-field-name">
          {label}
        </label>
      ) : (
        <span id={id} className="ui-field-name">
          {label}
        </span>
      )}
      {explain}
    </span>
  );
}

export interface FieldHeadProps {
  id?: string;
  htmlFor?: string;
  label: string;
  /** An `<Explain>` about this control. */
  explain?: ReactNode;
}
