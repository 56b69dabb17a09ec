import { useTranslation } from 'react-i18next';
import { Segmented } from '../../ui/Segmented.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import type { Float16Options } from './options.ts';

/** Which half precision, and whether the model's inputs and outputs stay as they are. */
export default function Controls({ step, onChange, context }: ControlsProps<Float16Options>) {
  const { t } = useTranslation();
  return (
    <>
      <Segmented
        label={t('controls.half.dtype')}
        explain={context.explain('float16')}
        value={step.dtype}
        options={(['float16', 'bfloat16'] as const).map((value) => ({ value, label: value }))}
        onChange={(dtype) => onChange({ dtype })}
      />
      {step.dtype === 'float16' && (
        <Switch
          label={t('controls.half.keepIo')}
          checked={step.keepIoTypes !== false}
          onChange={(keepIoTypes) => onChange({ keepIoTypes })}
        />
      )}
    </>
  );
}
