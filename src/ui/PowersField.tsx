import './Field.css';
import './NumberField.css';
import { useState } from 'react';
import { useLocale } from 'react-aria-components/I18nProvider';
import { significant } from './format.ts';
import { parsePowers } from './parsePowers.ts';

export interface PowersFieldProps {
  label: string;
  value: number;
  min: number;
  max: number;
  disabled?: boolean;
  /** When a value is settled: on Enter, on leaving. Always inside `min…max`. */
  onChange: (value: number) => void;
}

/** A number of whatever power of ten beside a slider, written as 1.5e−7, which number fields neither write nor read. */
export function PowersField({ label, value, min, max, disabled, onChange }: PowersFieldProps) {
  const { locale } = useLocale();
  const [typed, setTyped] = useState<string>();
  const written = significant(value, 3, locale);
  const settle = () => {
    const next = typed === undefined || typed === written ? undefined : parsePowers(typed);
    setTyped(undefined);
    if (next !== undefined) onChange(Math.min(max, Math.max(min, next)));
  };
  return (
    <div className="ui-field ui-number" data-compact>
      <div className="ui-input">
        <input
          type="text"
          inputMode="text"
          aria-label={label}
          value={typed ?? written}
          disabled={disabled}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === 'Enter') settle();
          }}
        />
      </div>
    </div>
  );
}
