import { useTranslation } from 'react-i18next';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { ALGORITHMS, BITS, BLOCK_SIZES, QUANT_FORMATS, type QuantizeBlocksOptions } from './options.ts';

/** Width, block and way of rounding of MatMulNBits. */
export default function Controls({ step, onChange, context }: ControlsProps<QuantizeBlocksOptions>) {
  const { t } = useTranslation();
  const { explain } = context;
  const fixed = step.algorithm === 'RTN' || step.algorithm === 'k_quant';
  const qdq = step.quantFormat === 'QDQ';
  const tables = step.opTypesToQuantize.includes('Gather');
  return (
    <>
      <Segmented
        label={t('controls.quantize.bits')}
        explain={explain('bits')}
        value={`${fixed ? 4 : step.bits}`}
        options={BITS.map((b) => ({ value: `${b}`, label: `${b}`, disabled: (fixed && b !== 4) || (qdq && b !== 4) }))}
        onChange={(b) => onChange({ bits: Number(b) as QuantizeBlocksOptions['bits'] })}
      />
      <Segmented
        label={t('controls.quantize.blockSize')}
        explain={explain('granularity')}
        value={`${step.blockSize}`}
        options={BLOCK_SIZES.map((n) => ({ value: `${n}`, label: `${n}` }))}
        onChange={(n) => onChange({ blockSize: Number(n) as QuantizeBlocksOptions['blockSize'] })}
      />
      <Segmented
        label={t('controls.quantize.scheme')}
        explain={explain(step.isSymmetric ? 'symmetric' : 'asymmetric')}
        value={step.isSymmetric ? 'symmetric' : 'asymmetric'}
        options={(['symmetric', 'asymmetric'] as const).map((value) => ({
          value,
          label: t(`controls.quantize.schemes.${value}`),
        }))}
        onChange={(scheme) => onChange({ isSymmetric: scheme === 'symmetric' })}
      />
      <Disclosure title={t('controls.more')}>
        <Select
          label={t('controls.blocks.algorithm')}
          value={step.algorithm}
          options={ALGORITHMS.map((value) => ({
            value,
            label: value === 'DEFAULT' ? t('controls.blocks.default') : value,
            note: t(`controls.blocks.algorithms.${value}`),
          }))}
          onChange={(algorithm) => onChange({ algorithm })}
        />
        <Segmented
          label={t('controls.blocks.format')}
          value={step.quantFormat}
          options={QUANT_FORMATS.map((value) => ({ value, label: value }))}
          onChange={(quantFormat) =>
            // QDQ is 4 bits of MatMul only.
            onChange(quantFormat === 'QDQ' ? { quantFormat, bits: 4, opTypesToQuantize: ['MatMul'] } : { quantFormat })
          }
        />
        <Switch
          label={t('controls.blocks.tables')}
          checked={tables}
          disabled={qdq}
          onChange={(on) => onChange({ opTypesToQuantize: on ? ['MatMul', 'Gather'] : ['MatMul'] })}
        />
      </Disclosure>
    </>
  );
}
