import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { BINS, type QuantizeStaticOptions } from './options.ts';

/** Switches of the reference's extra_options, which are said in its own words beside ours. */
const SWITCHES = [
  'reduceRange',
  'activationSymmetric',
  'quantizeBias',
  'qdqKeepRemovableActivations',
  'dedicatedQDQPair',
  'addQDQPairToWeight',
  'forceQuantizeNoInputCheck',
  'matMulConstBOnly',
  'exact',
] as const;
/** What means nothing in the other format. */
const ONLY: Partial<Record<(typeof SWITCHES)[number], QuantizeStaticOptions['quantFormat']>> = {
  qdqKeepRemovableActivations: 'QDQ',
  dedicatedQDQPair: 'QDQ',
  addQDQPairToWeight: 'QDQ',
  matMulConstBOnly: 'QOperator',
};
const BLOCKS = [0, 16, 32, 64, 128] as const;

/** What most people leave alone. */
export function MoreOptions({ step, onChange }: ControlsProps<QuantizeStaticOptions>) {
  const { t } = useTranslation();
  const wide = step.quantFormat === 'QDQ';
  const blocks = [...new Set([...BLOCKS, step.blockSize])].sort((a, b) => a - b);
  return (
    <Disclosure title={t('controls.more')}>
      <Own
        label={t('controls.static.weightSymmetric')}
        value={step.weightSymmetric}
        onChange={(weightSymmetric) => onChange({ weightSymmetric })}
      />
      <Own
        label={t('controls.static.rangeSymmetric')}
        value={step.calibTensorRangeSymmetric}
        onChange={(calibTensorRangeSymmetric) => onChange({ calibTensorRangeSymmetric })}
      />
      {step.calibrateMethod === 'Entropy' && (
        <NumberField
          label={t('controls.static.quantizedBins')}
          value={step.calibQuantizedBins}
          min={BINS.min}
          max={BINS.max}
          step={1}
          onChange={(calibQuantizedBins) => onChange({ calibQuantizedBins }, 'quantizedBins')}
        />
      )}
      {step.calibrateMethod === 'MinMax' && (
        <Switch
          label={t('controls.static.movingAverage')}
          checked={step.calibMovingAverage}
          onChange={(calibMovingAverage) => onChange({ calibMovingAverage })}
        />
      )}
      {step.calibrateMethod === 'MinMax' && step.calibMovingAverage && (
        <NumberField
          label={t('controls.static.averagingConstant')}
          value={step.calibMovingAverageConstant}
          min={0}
          max={1}
          step={0.01}
          onChange={(calibMovingAverageConstant) => onChange({ calibMovingAverageConstant }, 'averaging')}
        />
      )}
      {wide && (
        <Segmented
          label={t('controls.static.blockSize')}
          value={`${step.blockSize}`}
          options={blocks.map((n) => ({ value: `${n}`, label: n === 0 ? t('controls.static.noBlocks') : `${n}` }))}
          onChange={(n) => onChange({ blockSize: Number(n) })}
        />
      )}
      {SWITCHES.filter((name) => (ONLY[name] ?? step.quantFormat) === step.quantFormat).map((name) => (
        <Switch
          key={name}
          label={t(`controls.static.switches.${name}`)}
          checked={step[name]}
          onChange={(on) => onChange({ [name]: on })}
        />
      ))}
      <NumberField
        label={t('controls.static.minimumRealRange')}
        value={step.minimumRealRange ?? 0}
        min={0}
        onChange={(value) => onChange({ minimumRealRange: value || undefined }, 'realRange')}
      />
      <Apart step={step} onChange={onChange} />
    </Disclosure>
  );
}

/** A flag that the types decide unless it is set. */
function Own(props: { label: string; value: boolean | undefined; onChange: (value: boolean | undefined) => void }) {
  const { t } = useTranslation();
  const { label, value, onChange } = props;
  return (
    <Segmented
      label={label}
      value={value === undefined ? 'auto' : value ? 'yes' : 'no'}
      options={(['auto', 'yes', 'no'] as const).map((v) => ({ value: v, label: t(`controls.static.flag.${v}`) }))}
      onChange={(v) => onChange(v === 'auto' ? undefined : v === 'yes')}
    />
  );
}

/** Tensors and nodes that are treated by themselves, to be treated like the others again. */
function Apart({ step, onChange }: Pick<ControlsProps<QuantizeStaticOptions>, 'step' | 'onChange'>) {
  const { t } = useTranslation();
  const own = Object.keys(step.tensorQuantOverrides).length + Object.keys(step.ranges).length;
  return (
    <>
      {step.nodesToExclude.map((name) => (
        <Button
          key={name}
          kind="quiet"
          icon="close"
          onPress={() => onChange({ nodesToExclude: step.nodesToExclude.filter((n) => n !== name) })}
        >
          {t('controls.static.excluded', { name })}
        </Button>
      ))}
      {own > 0 && (
        <Button kind="quiet" icon="close" onPress={() => onChange({ tensorQuantOverrides: {}, ranges: {} })}>
          {t('controls.static.clearOwn', { count: own, n: own })}
        </Button>
      )}
      {Object.keys(step.layers).length > 0 && (
        <Button kind="quiet" icon="close" onPress={() => onChange({ layers: {} })}>
          {t('controls.clearLayers')}
        </Button>
      )}
    </>
  );
}
