import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps, LayerControlsProps } from '../controls.ts';
import { ENERGY, type FactorizeOptions, type LayerOptions, MIN_ELEMENTS, RANK, SCHEMES } from './options.ts';

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 1 };

/** How much stays, by rank or by energy, and how convolutions are cut. */
export default function Controls({ step, onChange, context }: ControlsProps<FactorizeOptions>) {
  const { t } = useTranslation();
  const { explain } = context;
  const by = step.energy === undefined ? 'rank' : 'energy';
  const range = by === 'rank' ? RANK : ENERGY;
  const keep = (value: number) =>
    by === 'rank' ? { rank: value, energy: undefined } : { energy: value, rank: undefined };
  return (
    <>
      <Segmented
        label={t('controls.factorize.by')}
        explain={explain('rank')}
        value={by}
        options={(['rank', 'energy'] as const).map((value) => ({ value, label: t(`controls.factorize.${value}`) }))}
        onChange={(next) =>
          onChange(
            next === 'rank' ? { rank: RANK.default, energy: undefined } : { energy: ENERGY.default, rank: undefined },
          )
        }
      />
      <Slider
        label={t(by === 'rank' ? 'controls.factorize.rankKept' : 'controls.factorize.energyKept')}
        value={step.energy ?? step.rank ?? RANK.default}
        min={range.min}
        max={range.max}
        step={0.001}
        format={PERCENT}
        onChange={(value) => onChange(keep(value), 'kept')}
        note={by === 'energy' && t('controls.factorize.energyNote')}
      />
      <Segmented
        label={t('controls.factorize.scheme')}
        explain={explain('factorize')}
        value={step.scheme}
        options={SCHEMES.map((value) => ({
          value,
          label: t(`controls.factorize.schemes.${value}`),
          note: t(`controls.factorize.schemeNotes.${value}`),
        }))}
        onChange={(scheme) => onChange({ scheme })}
      />
      <Disclosure title={t('controls.more')}>
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

/** One layer's own factorization: skipped, or at a rank of its own. */
export function LayerControls(props: LayerControlsProps<FactorizeOptions, LayerOptions>) {
  const { step, own, onChange, explain } = props;
  const { t } = useTranslation();
  const rank = own?.rank;
  const start = step.rank ?? RANK.default;
  const scheme = own?.scheme && { scheme: own.scheme };
  return (
    <>
      <Switch
        label={t('controls.own.skip')}
        checked={own?.skip ?? false}
        onChange={(skip) => onChange(skip ? { skip } : undefined)}
      />
      {!own?.skip && (
        <Switch
          label={t('controls.factorize.ownRank')}
          explain={explain('rank')}
          checked={rank !== undefined}
          onChange={(on) => onChange(on ? { ...scheme, rank: start } : scheme || undefined)}
        />
      )}
      {!own?.skip && rank !== undefined && (
        <Slider
          label={t('controls.factorize.rankKept')}
          value={rank}
          min={RANK.min}
          max={RANK.max}
          step={0.001}
          format={PERCENT}
          onChange={(value) => onChange({ ...scheme, rank: value }, 'own')}
        />
      )}
    </>
  );
}
