import { useTranslation } from 'react-i18next';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { type QuantizeDynamicOptions, WEIGHT_TYPES } from './options.ts';

/** Type and granularity of the weights; activations need no settings. */
export default function Controls({ step, onChange, context }: ControlsProps<QuantizeDynamicOptions>) {
  const { t } = useTranslation();
  const { explain } = context;
  return (
    <>
      <Segmented
        label={t('controls.dynamic.weightType')}
        explain={explain('zeroPoint')}
        value={step.weightType}
        options={WEIGHT_TYPES.map((value) => ({ value, label: value === 'auto' ? t('controls.dynamic.auto') : value }))}
        onChange={(weightType) => onChange({ weightType })}
      />
      <Switch
        label={t('controls.dynamic.perChannel')}
        explain={explain('granularity')}
        checked={step.perChannel}
        onChange={(perChannel) => onChange({ perChannel })}
      />
      <Disclosure title={t('controls.more')}>
        <Switch
          label={t('controls.dynamic.reduceRange')}
          checked={step.reduceRange}
          onChange={(reduceRange) => onChange({ reduceRange })}
        />
        <Switch
          label={t('controls.dynamic.subgraphs')}
          checked={step.enableSubgraph}
          onChange={(enableSubgraph) => onChange({ enableSubgraph })}
        />
      </Disclosure>
    </>
  );
}
