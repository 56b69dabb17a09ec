import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TextField } from '../../ui/TextField.tsx';
import { numbersText, parseNumbers } from './preprocess.ts';

export interface NumbersFieldProps {
  label: string;
  value: readonly number[];
  /** Exactly one number. */
  single?: boolean;
  /** 0 would be divided by. */
  nonZero?: boolean;
  /** When the numbers are settled: on Enter, or on leaving. */
  onChange: (value: number[]) => void;
}

/** A few numbers with commas between: one, or one for each channel. */
export function NumbersField({ label, value, single, nonZero, onChange }: NumbersFieldProps) {
  const { t } = useTranslation();
  const written = numbersText(value);
  const [text, setText] = useState(written);
  useEffect(() => setText(written), [written]);
  const numbers = parseNumbers(text);
  const wrong = !numbers || (single && numbers.length !== 1);
  const zero = nonZero && numbers?.includes(0);
  const settle = () => {
    if (!wrong && !zero && numbersText(numbers) !== written) onChange(numbers);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        settle();
      }}
      onBlur={settle}
    >
      <TextField
        label={label}
        value={text}
        onChange={setText}
        maxLength={200}
        error={wrong ? t('data.badNumbers') : zero ? t('data.badStd') : undefined}
      />
    </form>
  );
}
