import './Field.css';
import './NumberField.css';
import { type ReactNode, useId } from 'react';
import {
  NumberField as AriaNumberField,
  type NumberFieldProps as AriaProps,
  Button,
  Group,
  Input,
  Label,
} from 'react-aria-components/NumberField';
import { Icon } from './icons.tsx';

export interface NumberFieldProps {
  label: string;
  hideLabel?: boolean;
  value: number;
  /** Called when a value is settled: on Enter, on leaving, on a step. Always inside `min…max`. */
  onChange: (value: number) => void;
  min?: number;
  max?: number;
  step?: number;
  unit?: string;
  /** How the number is written, in the reader's locale. */
  format?: Intl.NumberFormatOptions;
  /** Narrow, right-aligned, without step buttons: beside a slider. */
  compact?: boolean;
  disabled?: boolean;
  note?: string;
  explain?: ReactNode;
}

const anyDigits: Intl.NumberFormatOptions = { maximumSignificantDigits: 6 };

/** A number that is typed, stepped by arrow keys, or stepped by buttons. */
export function NumberField(props: NumberFieldProps) {
  const {
    label,
    hideLabel,
    value,
    onChange,
    min,
    max,
    step,
    unit,
    format = anyDigits,
    compact,
    disabled,
    note,
  } = props;
  const noteId = useId();
  const written = new Intl.NumberFormat('en', format);
  const aria: AriaProps = {
    value,
    // Leaving the field reads its text back, which has fewer digits than the value: that alone is no change.
    onChange: (next) => Number.isFinite(next) && written.format(next) !== written.format(value) && onChange(next),
    minValue: min,
    maxValue: max,
    step,
    formatOptions: format,
    isDisabled: disabled,
    'aria-label': hideLabel ? label : undefined,
    'aria-describedby': note ? noteId : undefined,
  };
  return (
    <AriaNumberField {...aria} className="ui-field ui-number" data-compact={compact || undefined} isWheelDisabled>
      {!hideLabel && (
        <span className="ui-field-head">
          <Label className="ui-field-name">{label}</Label>
          {props.explain}
        </span>
      )}
      <Group className="ui-input">
        {!compact && (
          <Button slot="decrement" className="ui-step">
            <Icon name="minus" size={14} />
          </Button>
        )}
        <Input />
        {unit && (
          <span className="ui-input-unit" aria-hidden="true">
            {unit}
          </span>
        )}
        {!compact && (
          <Button slot="increment" className="ui-step">
            <Icon name="plus" size={14} />
          </Button>
        )}
      </Group>
      {note && (
        <span id={noteId} className="ui-field-note">
          {note}
        </span>
      )}
    </AriaNumberField>
  );
}
