import { useTranslation } from 'react-i18next';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { CLIPS, CORRECTIONS, type EqualizeOptions, GRANULARITIES, ROUNDS, WEIGHT_BITS } from './options.ts';

/** What becomes of a ReLU6 and of the biases; how the weights will be rounded, where that is to be corrected here. */
export default function Controls({ step, onChange, context }: ControlsProps<EqualizeOptions>) {
  const { t } = useTranslation();
  const { explain } = context;
  return (
    <>
      <p className="ui-muted">{t('controls.equalize.note')}</p>
      <Select
        label={t('controls.equalize.correction')}
        explain={explain('biasCorrection')}
        value={step.biasCorrection}
        options={CORRECTIONS.map((value) => ({
          value,
          label: t(`controls.equalize.corrections.${value}`),
          note: t(`controls.equalize.correctionNotes.${value}`),
        }))}
        onChange={(biasCorrection) => onChange({ biasCorrection })}
      />
      {step.biasCorrection !== 'none' && (
        <>
          <NumberField
            label={t('controls.equalize.weightBits')}
            value={step.weightBits}
            min={WEIGHT_BITS.min}
            max={WEIGHT_BITS.max}
            onChange={(weightBits) => onChange({ weightBits })}
          />
          <Segmented
            label={t('controls.equalize.granularity')}
            explain={explain('granularity')}
            value={step.granularity}
            options={GRANULARITIES.map((value) => ({
              value,
              label: t(value === 'tensor' ? 'controls.quantize.perTensor' : 'controls.quantize.perChannel'),
            }))}
            onChange={(granularity) => onChange({ granularity })}
          />
        </>
      )}
      <Disclosure title={t('controls.more')}>
        <Select
          label={t('controls.equalize.clip')}
          value={step.clip}
          options={CLIPS.map((value) => ({
            value,
            label: t(`controls.equalize.clips.${value}`),
            note: t(`controls.equalize.clipNotes.${value}`),
          }))}
          onChange={(clip) => onChange({ clip })}
        />
        <Switch
          label={t('controls.equalize.activations')}
          checked={step.activations}
          onChange={(activations) => onChange({ activations })}
        />
        <Switch
          label={t('controls.equalize.absorb')}
          checked={step.absorbBias}
          onChange={(absorbBias) => onChange({ absorbBias })}
        />
        <NumberField
          label={t('controls.equalize.rounds')}
          value={step.rounds}
          min={ROUNDS.min}
          max={ROUNDS.max}
          onChange={(rounds) => onChange({ rounds })}
        />
      </Disclosure>
    </>
  );
}
