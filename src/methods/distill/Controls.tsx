import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { Slider } from '../../ui/Slider.tsx';
import { Switch } from '../../ui/Switch.tsx';
import type { ControlsProps } from '../controls.ts';
import { MoreOptions } from './MoreControls.tsx';
import {
  BATCH,
  type DistillOptions,
  EPOCHS,
  INITIALS,
  QUANTIZED_BITS,
  type Quantization,
  RATE,
  STUDENTS,
  TEACHERS,
  TEMPERATURE,
  WIDTH,
  widthOf,
} from './options.ts';

const PERCENT: Intl.NumberFormatOptions = { style: 'percent', maximumFractionDigits: 0 };

/** Who learns from whom, for how long, and how fast. */
export default function Controls(props: ControlsProps<DistillOptions>) {
  const { step, onChange, context } = props;
  const { t } = useTranslation();
  // Another model is the student once there is a file: until then the recipe stays as it is.
  const [choosing, setChoosing] = useState(false);
  const student = choosing ? 'model' : step.student;
  const choose = (next: typeof student) => {
    setChoosing(next === 'model' && step.student !== 'model');
    if (next === 'model') return;
    const stays = next === 'compressed' ? {} : { quantization: undefined };
    onChange({ student: next, model: undefined, width: undefined, ...stays });
  };
  return (
    <>
      <Select
        label={t('controls.distill.student')}
        explain={context.explain(student === 'model' ? 'otherStudent' : 'distill')}
        value={student}
        options={STUDENTS.map((value) => ({
          value,
          label: t(`controls.distill.students.${value}`),
          note: t(`controls.distill.studentNotes.${value}`),
        }))}
        onChange={choose}
      />
      {student === 'model' &&
        context.otherModel({
          reference: step.model,
          onPick: (model) => {
            setChoosing(false);
            onChange({ student: 'model', model, width: undefined, initialise: undefined });
          },
        })}
      {student !== 'compressed' && student !== 'model' && (
        <Slider
          label={t('controls.distill.width')}
          value={widthOf(step)}
          min={WIDTH.min}
          max={student === 'narrow' ? 1 : WIDTH.max}
          step={0.05}
          format={PERCENT}
          onChange={(width) => onChange({ width }, 'width')}
        />
      )}
      {student === 'narrow' && (
        <Segmented
          label={t('controls.distill.initialise')}
          value={step.initialise}
          options={INITIALS.map((value) => ({ value, label: t(`controls.distill.initials.${value}`) }))}
          onChange={(initialise) => onChange({ initialise })}
        />
      )}
      <Select
        label={t('controls.distill.teacher')}
        value={step.teacher}
        options={TEACHERS.map((value) => ({ value, label: t(`controls.distill.teachers.${value}`) }))}
        onChange={(teacher) => onChange({ teacher })}
      />
      <NumberField
        label={t('controls.distill.epochs')}
        value={step.epochs}
        min={EPOCHS.min}
        max={EPOCHS.max}
        step={1}
        disabled={step.steps !== undefined}
        onChange={(epochs) => onChange({ epochs }, 'epochs')}
      />
      <Slider
        label={t('controls.distill.rate')}
        value={step.rate}
        min={1e-5}
        max={RATE.max / 100}
        mapping="log"
        onChange={(rate) => onChange({ rate }, 'rate')}
      />
      <NumberField
        label={t('controls.distill.batchSize')}
        value={step.batchSize}
        min={BATCH.min}
        max={BATCH.max}
        step={1}
        onChange={(batchSize) => onChange({ batchSize }, 'batchSize')}
      />
      {step.teacher !== 'labels' && <FromTeacher {...props} />}
      {(student === 'compressed' || student === 'model') && <Rounding {...props} />}
      <MoreOptions {...props} />
    </>
  );
}

function FromTeacher({ step, onChange }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  return (
    <>
      <Slider
        label={t('controls.distill.temperature')}
        value={step.temperature}
        min={TEMPERATURE.min}
        max={20}
        step={0.5}
        onChange={(temperature) => onChange({ temperature }, 'temperature')}
      />
      <Slider
        label={t('controls.distill.alpha')}
        note={t('controls.distill.alphaNote')}
        value={step.alpha}
        min={0}
        max={1}
        step={0.05}
        format={PERCENT}
        onChange={(alpha) => onChange({ alpha }, 'alpha')}
      />
    </>
  );
}

/** Zeros that stay, and the rounding of a step that comes later. */
function Rounding({ step, onChange }: ControlsProps<DistillOptions>) {
  const { t } = useTranslation();
  const { quantization: q } = step;
  const change = (next: Partial<Quantization>) =>
    onChange({ quantization: { bits: 8, scheme: 'symmetric', granularity: 'channel', ...q, ...next } });
  return (
    <>
      <Switch
        label={t('controls.distill.keepZeros')}
        checked={step.keepZeros}
        onChange={(keepZeros) => onChange({ keepZeros })}
      />
      <Switch
        label={t('controls.distill.quantization')}
        checked={q !== undefined}
        onChange={(on) => (on ? change({}) : onChange({ quantization: undefined }))}
      />
      {q && (
        <>
          <NumberField
            label={t('controls.quantize.bits')}
            value={q.bits}
            min={QUANTIZED_BITS.min}
            max={QUANTIZED_BITS.max}
            step={1}
            onChange={(bits) => change({ bits })}
          />
          <Segmented
            label={t('controls.quantize.scheme')}
            value={q.scheme}
            options={(['symmetric', 'asymmetric'] as const).map((value) => ({
              value,
              label: t(`controls.quantize.schemes.${value}`),
            }))}
            onChange={(scheme) => change({ scheme })}
          />
          <Switch
            label={t('controls.dynamic.perChannel')}
            checked={q.granularity === 'channel'}
            onChange={(on) => change({ granularity: on ? 'channel' : 'tensor' })}
          />
          <Switch
            label={t('controls.distill.activations')}
            checked={q.activations !== undefined}
            onChange={(on) => change({ activations: on ? 8 : undefined })}
          />
        </>
      )}
    </>
  );
}
