import './Select.css';
import './Field.css';
import { memo, type ReactNode, type RefObject, useRef } from 'react';
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
export function Select<T extends string>({ onChange, ...props }: SelectProps<T>) {
  const latest = useRef(onChange);
  latest.current = onChange;
  return <Steady {...(props as Omit<SelectProps<string>, 'onChange'>)} latest={latest as RefObject<SteadyChange>} />;
}

type SteadyChange = (value: string) => void;

/** The list of a react-aria Select is built anew whenever it is rendered: not at every frame in which a slider beside it moves. */
const Steady = memo(function Steady(
  props: Omit<SelectProps<string>, 'onChange'> & { latest: RefObject<SteadyChange> },
) {
  const { label, hideLabel, value, options, disabled, explain, latest } = props;
  return (
    <AriaSelect
      className="ui-field"
      value={value}
      onChange={(key) => key !== null && latest.current(key as string)}
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
}, unchanged);

/** Options are written where they are used, as new arrays that say the same; an explanation goes with its label. */
function unchanged(a: Omit<SelectProps<string>, 'onChange'>, b: Omit<SelectProps<string>, 'onChange'>): boolean {
  return (
    a.value === b.value &&
    a.label === b.label &&
    a.hideLabel === b.hideLabel &&
    a.disabled === b.disabled &&
    a.options.length === b.options.length &&
    a.options.every((o, i) => {
      const { value, label, note, disabled } = b.options[i];
      return o.value === value && o.label === label && o.note === note && o.disabled === disabled;
    })
  );
}
