import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import {
  IMPORTANCES,
  MIN_KEPT,
  MULTIPLES,
  type PruneChannelsOptions,
  RANKINGS,
  REDUCTION,
  TARGETS,
} from './options.ts';

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 0 };

/** How much goes, of what, and how channels are judged. Single groups are set where they are listed. */
export default function Controls({ step, onChange, context: { explain } }: ControlsProps<PruneChannelsOptions>) {
  const { t } = useTranslation();
  const apart = Object.keys(step.layers).length;
  return (
    <>
      <Slider
        label={t(`controls.channels.reductions.${step.target}`)}
        value={step.reduction}
        min={REDUCTION.min}
        max={REDUCTION.max}
        step={0.01}
        format={PERCENT}
        onChange={(reduction) => onChange({ reduction }, 'reduction')}
      />
      <Segmented
        label={t('controls.channels.target')}
        value={step.target}
        options={TARGETS.map((value) => ({ value, label: t(`controls.channels.targets.${value}`) }))}
        onChange={(target) => onChange({ target })}
      />
      <Select
        label={t('controls.channels.importance')}
        explain={explain('channelImportance')}
        value={step.importance}
        options={IMPORTANCES.map((value) => ({
          value,
          label: t(`controls.channels.importances.${value}.name`),
          note: t(`controls.channels.importances.${value}.note`),
        }))}
        onChange={(importance) => onChange({ importance })}
      />
      <Segmented
        label={t('controls.channels.ranking')}
        explain={explain('channelRanking')}
        value={step.ranking}
        options={RANKINGS.map((value) => ({ value, label: t(`controls.channels.rankings.${value}`) }))}
        onChange={(ranking) => onChange({ ranking })}
      />
      <Switch
        label={t('controls.channels.correction')}
        explain={explain('channelCorrection')}
        checked={step.correction === 'least-squares'}
        onChange={(on) => onChange({ correction: on ? 'least-squares' : 'none' })}
      />
      <Disclosure title={t('controls.more')}>
        <Segmented
          label={t('controls.channels.multiple')}
          value={String(step.multiple)}
          options={MULTIPLES.map((n) => ({ value: String(n), label: String(n) }))}
          onChange={(value) => onChange({ multiple: MULTIPLES.find((n) => String(n) === value) })}
        />
        <Slider
          label={t('controls.channels.minKept')}
          value={step.minKept}
          min={MIN_KEPT.min}
          max={MIN_KEPT.max}
          step={0.01}
          format={PERCENT}
          onChange={(minKept) => onChange({ minKept }, 'minKept')}
        />
        {apart > 0 && (
          <Button kind="quiet" icon="close" onPress={() => onChange({ layers: {} })}>
            {t('controls.channels.clearGroups')}
          </Button>
        )}
      </Disclosure>
    </>
  );
}
