import { useTranslation } from 'react-i18next';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { CALIBRATE_METHODS } from '../calibrate/types.ts';
import type { ControlsProps } from '../controls.ts';
import { QUANT_TYPES } from '../ort/arithmetic.ts';
import { MoreOptions } from './MoreControls.tsx';
import { ACTIVATION_TYPES, BINS, QUANT_FORMATS, type QuantizeStaticOptions } from './options.ts';

type Props = ControlsProps<QuantizeStaticOptions>;

/** Types, calibration and format of static quantization. */
export default function Controls(props: Props) {
  const { step, onChange, context } = props;
  const { t } = useTranslation();
  const { explain } = context;
  const operators = step.quantFormat === 'QOperator';
  return (
    <>
      <Segmented
        label={t('controls.static.activationType')}
        explain={explain('zeroPoint')}
        value={step.activationType}
        options={ACTIVATION_TYPES.map((value) => ({
          value,
          label: value,
          disabled: operators && value.endsWith('16'),
        }))}
        onChange={(activationType) =>
          // Signed activations with unsigned weights run on no kernel.
          onChange(
            activationType === 'QInt8' && step.weightType === 'QUInt8'
              ? { activationType, weightType: 'QInt8' }
              : { activationType },
          )
        }
      />
      <Select
        label={t('controls.static.weightType')}
        value={step.weightType}
        options={QUANT_TYPES.map((value) => ({
          value,
          label: value,
          disabled: (operators && !value.endsWith('8')) || (value === 'QUInt8' && step.activationType === 'QInt8'),
        }))}
        onChange={(weightType) => onChange({ weightType })}
      />
      <Switch
        label={t('controls.dynamic.perChannel')}
        explain={explain('granularity')}
        checked={step.perChannel}
        onChange={(perChannel) => onChange({ perChannel })}
      />
      <Calibration {...props} />
      <Switch
        label={t('controls.static.biasCorrection')}
        checked={step.biasCorrection && !step.exact}
        disabled={step.exact}
        onChange={(biasCorrection) => onChange({ biasCorrection })}
      />
      <Segmented
        label={t('controls.static.format')}
        explain={explain('quantizeStatic')}
        value={step.quantFormat}
        options={QUANT_FORMATS.map((value) => ({ value, label: value }))}
        onChange={(quantFormat) => onChange(quantFormat === 'QOperator' ? onlyBytes(step) : { quantFormat })}
      />
      <MoreOptions {...props} />
    </>
  );
}

/** The operators of QOperator take bytes only, and no blocks. */
function onlyBytes({ activationType, weightType }: QuantizeStaticOptions): Partial<QuantizeStaticOptions> {
  const signed = (type: string) => !type.startsWith('QU');
  return {
    quantFormat: 'QOperator',
    activationType: signed(activationType) ? 'QInt8' : 'QUInt8',
    weightType: signed(weightType) || signed(activationType) ? 'QInt8' : 'QUInt8',
    blockSize: 0,
  };
}

/** How ranges are found, and on how much of the data. */
function Calibration({ step, onChange, context }: Props) {
  const { t } = useTranslation();
  const { calibrateMethod: method } = step;
  return (
    <>
      <Select
        label={t('controls.static.calibrateMethod')}
        explain={context.explain('calibration')}
        value={method}
        options={CALIBRATE_METHODS.map((value) => ({
          value,
          label: value,
          note: t(`controls.static.calibrateMethods.${value}`),
        }))}
        onChange={(calibrateMethod) =>
          // Distribution needs 512 bins or more.
          onChange(
            calibrateMethod === 'Distribution' && step.calibBins < 512
              ? { calibrateMethod, calibBins: BINS.default }
              : { calibrateMethod },
          )
        }
      />
      {method === 'Percentile' && (
        <NumberField
          label={t('controls.static.percentile')}
          unit="%"
          value={step.calibPercentile}
          min={50}
          max={100}
          step={0.001}
          onChange={(calibPercentile) => onChange({ calibPercentile }, 'percentile')}
        />
      )}
      {method !== 'MinMax' && (
        <NumberField
          label={t('controls.static.bins')}
          value={step.calibBins}
          min={method === 'Distribution' ? 512 : BINS.min}
          max={BINS.max}
          step={1}
          onChange={(calibBins) => onChange({ calibBins }, 'bins')}
        />
      )}
      <NumberField
        label={t('controls.static.samples')}
        note={t('controls.static.samplesNote')}
        value={step.calibSamples}
        min={0}
        step={1}
        onChange={(calibSamples) => onChange({ calibSamples }, 'samples')}
      />
    </>
  );
}
