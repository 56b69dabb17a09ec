import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps, LayerControlsProps } from '../controls.ts';
import type { LayerFacts } from '../types.ts';
import { layerLink, sparsityAt, stepLink, thresholdAt } from './link.ts';
import {
  groupOf,
  IMPORTANCES,
  type Importance,
  type PruneWeightsOptions,
  ROUNDS,
  roundsFor,
  SAMPLES,
  SCOPES,
  SPARSITY,
} from './options.ts';

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 1 };
const MOST_ELEMENTS = 1e9;

/** The sliders of pruning: sparsity and threshold are two handles on one choice. */
export default function Controls({ step, onChange, context }: ControlsProps<PruneWeightsOptions>) {
  const { t } = useTranslation();
  const { layers, explain, measured: waiting } = context;
  const link = useMemo(() => stepLink(layers, step), [layers, step]);
  const free = step.pattern === 'unstructured';
  const sparsity = step.sparsity ?? (link && step.threshold !== undefined ? sparsityAt(link, step.threshold) : 0);
  const threshold = step.threshold ?? (link ? thresholdAt(link, sparsity) : 0);
  // An absolute threshold for every layer is what "across layers" means; within layers the slider says it as a share.
  const shares = step.scope !== 'global';
  const onThreshold = (value: number) =>
    shares && link
      ? onChange({ sparsity: sparsityAt(link, value), threshold: undefined }, 'sparsity')
      : onChange({ threshold: value, sparsity: undefined }, 'sparsity');
  const own = typeof step.pattern === 'object' ? step.pattern : undefined;
  const patterns = ['unstructured', '2:4', '4:8'] as const;
  const apart = Object.keys(step.layers).length;
  const measured = step.importance !== 'magnitude';
  const useless = useMemo(() => uselessFor(layers, step.importance), [layers, step.importance]);
  const unlinked = !measured ? t('controls.prune.reading') : useless ? t(`importance.${useless}.line`) : waiting;
  const apartNote = shares && step.threshold === undefined && t('controls.prune.thresholdNote');
  const roundsNote = measured && step.rounds > 1 && t('controls.prune.roundsNote', { n: step.rounds });
  return (
    <>
      <Select
        label={t('controls.prune.importance')}
        explain={explain('importance')}
        value={step.importance}
        options={IMPORTANCES.map((value) => ({
          value,
          label: t(`controls.prune.importances.${value}`),
          note: t(`controls.prune.importanceNotes.${value}`),
        }))}
        onChange={(importance) => onChange(judgedBy(importance, step, sparsity))}
      />
      {free && (
        <>
          <Slider
            label={t('controls.prune.sparsity')}
            explain={explain('sparsity')}
            value={sparsity}
            min={SPARSITY.min}
            max={SPARSITY.max}
            step={0.001}
            format={PERCENT}
            onChange={(value) => onChange({ sparsity: value, threshold: undefined }, 'sparsity')}
          />
          <Slider
            label={t('controls.prune.threshold')}
            explain={explain('threshold')}
            value={threshold}
            min={0}
            max={link?.max ?? 1}
            floor={link?.floor}
            mapping="log"
            powers={measured}
            disabled={!link}
            onChange={onThreshold}
            note={link ? apartNote || roundsNote : unlinked}
          />
          <Segmented
            label={t('controls.prune.scope')}
            explain={explain('scope')}
            value={step.scope}
            options={SCOPES.map((value) => ({
              value,
              label: t(`controls.prune.scopes.${value}`),
            }))}
            onChange={(scope) =>
              // A threshold is the same for all layers; a share of each layer is not.
              onChange(scope === 'global' ? { scope } : { scope, sparsity, threshold: undefined })
            }
          />
        </>
      )}
      <Segmented
        label={t('controls.prune.pattern')}
        explain={explain('pattern')}
        value={own ? 'own' : (step.pattern as (typeof patterns)[number])}
        options={[
          ...patterns.map((value) => ({ value, label: t(`controls.prune.patterns.${value}`) })),
          ...(own ? [{ value: 'own' as const, label: t('controls.prune.patterns.own', own) }] : []),
        ]}
        onChange={(pattern) => {
          if (pattern === 'own') return;
          onChange(
            pattern === 'unstructured'
              ? { pattern, sparsity: 1 - shareKept(step.pattern) }
              : { pattern, sparsity: undefined, threshold: undefined, layers: onlySkips(step.layers) },
          );
        }}
      />
      <Disclosure title={t('controls.more')}>
        {measured && free && (
          <NumberField
            label={t('controls.prune.rounds')}
            explain={explain('importance')}
            value={step.rounds}
            min={ROUNDS.min}
            max={ROUNDS.max}
            step={1}
            onChange={(rounds) => onChange({ rounds }, 'rounds')}
          />
        )}
        {measured && (
          <NumberField
            label={t('controls.prune.samples')}
            value={step.samples}
            min={SAMPLES.min}
            max={SAMPLES.max}
            step={1}
            onChange={(samples) => onChange({ samples }, 'samples')}
          />
        )}
        <NumberField
          label={t('controls.prune.minElements')}
          explain={explain('minElements')}
          unit={t('controls.quantize.elements')}
          value={step.minElements}
          min={0}
          max={MOST_ELEMENTS}
          step={1}
          onChange={(minElements) => onChange({ minElements }, 'minElements')}
        />
        {apart > 0 && (
          <Button kind="quiet" icon="close" onPress={() => onChange({ layers: {} })}>
            {t('controls.clearLayers')}
          </Button>
        )}
      </Disclosure>
    </>
  );
}

/** Why no threshold tells weights apart, though their importance was measured; undefined where one does, or it was not. */
function uselessFor(layers: readonly LayerFacts[], importance: Importance): 'none-reached' | 'flat' | undefined {
  if (!layers.some((l) => l.scores)) return undefined;
  const found = layers.flatMap((l) => l.scores?.[importance] ?? []);
  if (found.length === 0) return 'none-reached';
  return found.every((s) => s.max === 0) ? 'flat' : undefined;
}

/** Thresholds are in the units of an importance: another takes the share that they made. */
function judgedBy(importance: Importance, step: PruneWeightsOptions, sparsity: number): Partial<PruneWeightsOptions> {
  const layers = Object.fromEntries(Object.entries(step.layers).filter(([, own]) => own.threshold === undefined));
  const shared = step.scope === 'output' && step.importance === 'wanda' ? 'global' : step.scope;
  return {
    importance,
    layers,
    scope: importance === 'wanda' ? 'output' : shared,
    rounds: roundsFor(importance),
    ...(step.threshold !== undefined && { sparsity, threshold: undefined }),
  };
}

const shareKept = (pattern: PruneWeightsOptions['pattern']): number => {
  const group = groupOf(pattern);
  return group ? group.n / group.m : 0.5;
};

/** Beside an N:M pattern a layer can only be skipped. */
function onlySkips(layers: PruneWeightsOptions['layers']): PruneWeightsOptions['layers'] {
  return Object.fromEntries(Object.entries(layers).flatMap(([id, own]) => (own.skip ? [[id, { skip: true }]] : [])));
}

type Own = PruneWeightsOptions['layers'][string];

/** One layer's own pruning: skipped, or at a sparsity of its own. */
export function LayerControls(props: LayerControlsProps<PruneWeightsOptions, Own>) {
  const { step, layer, own, onChange, explain } = props;
  const { t } = useTranslation();
  const link = useMemo(() => layerLink(layer, step.importance), [layer, step.importance]);
  const free = step.pattern === 'unstructured';
  const apart = own?.sparsity !== undefined || own?.threshold !== undefined;
  const threshold = own?.threshold;
  const sparsity =
    own?.sparsity ?? (link && threshold !== undefined ? sparsityAt(link, threshold) : step.sparsity) ?? 0.5;
  return (
    <>
      <Switch
        label={t('controls.own.skip')}
        checked={own?.skip ?? false}
        onChange={(skip) => onChange(skip ? { skip } : undefined)}
      />
      {free && !own?.skip && (
        <Switch
          label={t('controls.own.sparsity')}
          explain={explain('sparsity')}
          checked={apart}
          onChange={(on) => onChange(on ? { sparsity } : undefined)}
        />
      )}
      {free && apart && (
        <>
          <Slider
            label={t('controls.prune.sparsity')}
            value={sparsity}
            min={SPARSITY.min}
            max={SPARSITY.max}
            step={0.001}
            format={PERCENT}
            onChange={(value) => onChange({ sparsity: value }, 'own')}
          />
          {link && (
            <Slider
              label={t('controls.prune.threshold')}
              value={threshold ?? thresholdAt(link, sparsity)}
              min={0}
              max={link.max}
              floor={link.floor}
              mapping="log"
              powers={step.importance !== 'magnitude'}
              onChange={(value) => onChange({ threshold: value }, 'own')}
            />
          )}
        </>
      )}
    </>
  );
}
