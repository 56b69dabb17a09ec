import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { Features } from './FeatureControls.tsx';
import {
  BATCH_NORMS,
  BESTS,
  type DistillOptions,
  HELD_OUT,
  LOSSES,
  OPTIMIZERS,
  SCHEDULES,
  SHIFT,
  STEPS,
} from './options.ts';

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 0 };

/** What a switch begins with: updates of ten epochs or so of a few thousand samples, and a judgement about as often as they have epochs. */
const UPDATES = 500;
const JUDGED_EVERY = 50;
/** Norms of gradients that a slider reaches; a recipe may ask for others. */
const CLIP = { min: 0.001, max: 100 } as const;

/** What most people leave alone. */
export function MoreOptions(props: ControlsProps<DistillOptions>) {
  const { step, onChange } = props;
  const { t } = useTranslation();
  const apart = Object.keys(step.layers).length;
  return (
    <Disclosure title={t('controls.more')}>
      <Length {...props} />
      <Augmentation {...props} />
      <Slider
        label={t('controls.distill.heldOut')}
        value={step.heldOut}
        min={HELD_OUT.min}
        max={HELD_OUT.max}
        step={0.01}
        format={PERCENT}
        onChange={(heldOut) => onChange({ heldOut }, 'heldOut')}
      />
      <Segmented
        label={t('controls.distill.best')}
        value={step.best}
        options={BESTS.map((value) => ({ value, label: t(`controls.distill.bests.${value}`) }))}
        onChange={(best) => onChange({ best })}
      />
      <Select
        label={t('controls.distill.loss')}
        value={step.loss}
        options={LOSSES.map((value) => ({ value, label: t(`controls.distill.losses.${value}`) }))}
        onChange={(loss) => onChange({ loss })}
      />
      <Optimizer {...props} />
      {step.teacher !== 'labels' && <Features {...props} />}
      <Segmented
        label={t('controls.distill.batchNorm')}
        value={step.batchNorm ?? 'auto'}
        options={(['auto', ...BATCH_NORMS] as const).map((value) => ({
          value,
          label: t(`controls.distill.batchNorms.${value}`),
        }))}
        onChange={(value) => onChange({ batchNorm: value === 'auto' ? undefined : value })}
      />
      <Switch
        label={t('controls.distill.unknownOps')}
        checked={step.unknownOps === 'constant'}
        onChange={(on) => onChange({ unknownOps: on ? 'constant' : 'error' })}
      />
      {apart > 0 && (
        <Button kind="quiet" icon="close" onPress={() => onChange({ layers: {} })}>
          {t('controls.clearLayers')}
        </Button>
      )}
    </Disclosure>
  );
}

/** How long it learns, and how often it is judged. */
function Length({ step, onChange, context: { explain } }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  const { steps, evaluateEvery } = step;
  return (
    <>
      <Switch
        label={t('controls.distill.countUpdates')}
        explain={explain('updates')}
        checked={steps !== undefined}
        onChange={(on) => onChange({ steps: on ? UPDATES : undefined })}
      />
      {steps !== undefined && (
        <NumberField
          label={t('controls.distill.updates')}
          value={steps}
          min={STEPS.min}
          max={STEPS.max}
          step={1}
          onChange={(next) => onChange({ steps: next }, 'steps')}
        />
      )}
      <Switch
        label={t('controls.distill.judgeOften')}
        explain={explain('evaluateEvery')}
        checked={evaluateEvery !== undefined}
        onChange={(on) => onChange({ evaluateEvery: on ? JUDGED_EVERY : undefined })}
      />
      {evaluateEvery !== undefined && (
        <NumberField
          label={t('controls.distill.evaluateEvery')}
          value={evaluateEvery}
          min={STEPS.min}
          max={STEPS.max}
          step={1}
          onChange={(next) => onChange({ evaluateEvery: next }, 'evaluateEvery')}
        />
      )}
    </>
  );
}

function Augmentation({ step, onChange }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  const { augment } = step;
  const change = (next: Partial<typeof augment>) => onChange({ augment: { ...augment, ...next } });
  return (
    <>
      <NumberField
        label={t('controls.distill.shift')}
        unit="px"
        value={augment.shift}
        min={SHIFT.min}
        max={SHIFT.max}
        step={1}
        onChange={(shift) => change({ shift })}
      />
      <Switch label={t('controls.distill.flip')} checked={augment.flip} onChange={(flip) => change({ flip })} />
      <Slider
        label={t('controls.distill.crop')}
        value={augment.crop}
        min={0}
        max={0.9}
        step={0.05}
        format={PERCENT}
        onChange={(crop) => change({ crop })}
      />
      <Switch label={t('controls.distill.mix')} checked={augment.mix} onChange={(mix) => change({ mix })} />
    </>
  );
}

function Optimizer({ step, onChange, context }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  return (
    <>
      <Segmented
        label={t('controls.distill.optimizer')}
        value={step.optimizer}
        options={OPTIMIZERS.map((value) => ({ value, label: { adam: 'Adam', adamw: 'AdamW', sgd: 'SGD' }[value] }))}
        onChange={(optimizer) => onChange({ optimizer })}
      />
      {step.optimizer === 'sgd' && (
        <NumberField
          label={t('controls.distill.momentum')}
          value={step.momentum}
          min={0}
          max={0.999}
          step={0.01}
          onChange={(momentum) => onChange({ momentum }, 'momentum')}
        />
      )}
      <NumberField
        label={t('controls.distill.weightDecay')}
        value={step.weightDecay}
        min={0}
        max={1}
        step={0.00001}
        onChange={(weightDecay) => onChange({ weightDecay }, 'weightDecay')}
      />
      <Segmented
        label={t('controls.distill.schedule')}
        value={step.schedule}
        options={SCHEDULES.map((value) => ({ value, label: t(`controls.distill.schedules.${value}`) }))}
        onChange={(schedule) => onChange({ schedule })}
      />
      <Slider
        label={t('controls.distill.warmup')}
        value={step.warmup}
        min={0}
        max={0.5}
        step={0.01}
        format={PERCENT}
        onChange={(warmup) => onChange({ warmup }, 'warmup')}
      />
      <Switch
        label={t('controls.distill.clip')}
        explain={context.explain('clipNorm')}
        checked={step.clipNorm !== undefined}
        onChange={(on) => onChange({ clipNorm: on ? 1 : undefined })}
      />
      {step.clipNorm !== undefined && (
        <Slider
          label={t('controls.distill.clipNorm')}
          value={step.clipNorm}
          min={CLIP.min}
          max={CLIP.max}
          mapping="log"
          onChange={(clipNorm) => onChange({ clipNorm }, 'clipNorm')}
        />
      )}
    </>
  );
}
