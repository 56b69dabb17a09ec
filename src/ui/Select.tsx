import './Select.css';
import './Field.css';
import type { ReactNode } from 'react';
import {
  Select as AriaSelect,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
} from 'react-aria-components/Select';
import { Icon } from './icons.tsx';

export interface Option<T extends string> {
  value: T;
  label: string;
  /** A second line on what choosing it means. */
  note?: string;
  disabled?: boolean;
}

export interface SelectProps<T extends string> {
  label: string;
  hideLabel?: boolean;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
  explain?: ReactNode;
}

/** One of several choices, from a list that opens. For up to about eight short ones use Segmented, which shows them all. */
export function Select<T extends string>({
  label,
  hideLabel,
  value,
  options,
  onChange,
  disabled,
  explain,
}: SelectProps<T>) {
  return (
    <AriaSelect
      className="ui-field"
      value={value}
      onChange={(key) => key !== null && onChange(key as T)}
      isDisabled={disabled}
      aria-label={hideLabel ? label : undefined}
      disabledKeys={options.filter((o) => o.disabled).map((o) => o.value)}
    >
      {!hideLabel && (
        <span className="ui-field-head">
          <Label className="ui-field-name">{label}</Label>
          {explain}
        </span>
      )}
      <Button className="ui-select-button">
        <SelectValue>{() => options.find((o) => o.value === value)?.label ?? ''}</SelectValue>
        <Icon name="chevronDown" size={14} />
      </Button>
      <Popover className="ui-popover" offset={4}>
        <ListBox className="ui-list">
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} textValue={option.label} className="ui-item">
              {({ isSelected }) => (
                <>
                  {isSelected && <Icon name="check" size={14} />}
                  <span className="ui-item-text">
                    {option.label}
                    {option.note && <span className="ui-item-note">{option.note}</span>}
                  </span>
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
