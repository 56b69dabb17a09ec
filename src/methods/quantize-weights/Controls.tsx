import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps, LayerControlsProps } from '../controls.ts';
import {
  BITS,
  ENCODINGS,
  GRANULARITIES,
  type LayerOptions,
  MIN_ELEMENTS,
  type QuantizeWeightsOptions,
  RANGES,
  SCHEMES,
} from './options.ts';

const BLOCKS = [16, 32, 64, 128, 256] as const;
type Bits = QuantizeWeightsOptions['bits'];

/** Bits, scheme, granularity and range of weight-only quantization. */
export default function Controls({ step, onChange, context }: ControlsProps<QuantizeWeightsOptions>) {
  const { t } = useTranslation();
  const { explain } = context;
  const codebook = step.scheme === 'codebook';
  const half = step.bits === 16;
  const blocks = [...new Set([...BLOCKS, step.blockSize])].sort((a, b) => a - b);
  return (
    <>
      <Segmented
        label={t('controls.quantize.bits')}
        explain={explain('bits')}
        value={`${step.bits}`}
        options={bitOptions(t)}
        onChange={(bits) => onChange({ bits: Number(bits) as Bits })}
      />
      {!half && (
        <>
          <Select
            label={t('controls.quantize.scheme')}
            explain={explain(step.scheme)}
            value={step.scheme}
            options={SCHEMES.map((value) => ({
              value,
              label: t(`controls.quantize.schemes.${value}`),
              note: t(`controls.quantize.schemeNotes.${value}`),
            }))}
            onChange={(scheme) =>
              // A codebook has no blocks.
              onChange(
                scheme === 'codebook' && step.granularity === 'block' ? { scheme, granularity: 'channel' } : { scheme },
              )
            }
          />
          <Segmented
            label={t('controls.quantize.granularity')}
            explain={explain('granularity')}
            value={step.granularity}
            options={GRANULARITIES.map((value) => ({
              value,
              label: t(`controls.quantize.granularities.${value}`),
              disabled: codebook && value === 'block',
            }))}
            onChange={(granularity) => onChange({ granularity })}
          />
          {step.granularity === 'block' && (
            <Segmented
              label={t('controls.quantize.blockSize')}
              value={`${step.blockSize}`}
              options={blocks.map((n) => ({ value: `${n}`, label: `${n}` }))}
              onChange={(n) => onChange({ blockSize: Number(n) })}
            />
          )}
          {!codebook && (
            <Segmented
              label={t('controls.quantize.range')}
              explain={explain('range')}
              value={step.range}
              options={RANGES.map((value) => ({ value, label: t(`controls.quantize.ranges.${value}`) }))}
              onChange={(range) => onChange({ range })}
            />
          )}
        </>
      )}
      <Disclosure title={t('controls.more')}>
        {!half && (
          <Select
            label={t('controls.quantize.encoding')}
            explain={explain('encoding')}
            value={step.encoding}
            options={ENCODINGS.map((value) => ({
              value,
              label: t(`controls.quantize.encodings.${value}`),
              note: t(`controls.quantize.encodingNotes.${value}`),
            }))}
            onChange={(encoding) => onChange({ encoding })}
          />
        )}
        <NumberField
          label={t('controls.quantize.minElements')}
          explain={explain('minElements')}
          unit={t('controls.quantize.elements')}
          value={step.minElements}
          min={MIN_ELEMENTS.min}
          max={MIN_ELEMENTS.max}
          step={1}
          onChange={(minElements) => onChange({ minElements }, 'minElements')}
        />
        {Object.keys(step.layers).length > 0 && (
          <Button kind="quiet" icon="close" onPress={() => onChange({ layers: {} })}>
            {t('controls.clearLayers')}
          </Button>
        )}
      </Disclosure>
    </>
  );
}

/** One layer's own quantization: skipped, or at a width of its own. */
export function LayerControls(props: LayerControlsProps<QuantizeWeightsOptions, LayerOptions>) {
  const { step, own, onChange, explain } = props;
  const { t } = useTranslation();
  const { skip: _, bits, ...rest } = own ?? {};
  const without = Object.keys(rest).length > 0 ? rest : undefined;
  return (
    <>
      <Switch
        label={t('controls.own.skip')}
        checked={own?.skip ?? false}
        onChange={(skip) => onChange(skip ? { skip } : undefined)}
      />
      {!own?.skip && (
        <Switch
          label={t('controls.own.bits')}
          explain={explain('bits')}
          checked={bits !== undefined}
          onChange={(on) => onChange(on ? { ...rest, bits: step.bits } : without)}
        />
      )}
      {!own?.skip && bits !== undefined && (
        <Segmented
          label={t('controls.quantize.bits')}
          hideLabel
          value={`${bits}`}
          options={bitOptions(t)}
          onChange={(value) => onChange({ ...rest, bits: Number(value) as Bits })}
        />
      )}
    </>
  );
}

const bitOptions = (t: TFunction) =>
  BITS.map((bits) =>
    bits === 16
      ? { value: '16', label: t('controls.quantize.f16'), note: t('controls.quantize.f16Note') }
      : { value: `${bits}`, label: `${bits}` },
  );
