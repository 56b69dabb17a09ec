import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type PresetId, presetPreprocess, presetsFor, type StoredRange } from '../../datasets/presets.ts';
import type { Preprocess, Resize } from '../../datasets/types.ts';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { useStudio } from '../state/store.ts';
import type { StudioState } from '../state/types.ts';
import { NumbersField } from './NumbersField.tsx';
import { presetIdOf, presetOf } from './preprocess.ts';

const layouts = ['auto', 'NCHW', 'NHWC'] as const;
const colours = ['auto', 'rgb', 'bgr', 'gray'] as const;
const resizes = ['none', 'stretch', 'crop', 'pad'] as const;

/** The model's channels, read off its first input: 3 or 1 where an image is expected, else unknown. */
function channelsOf(dims: readonly (number | string | null)[] | null | undefined): 1 | 3 | undefined {
  if (dims?.length !== 4) return undefined;
  for (const c of [dims[1], dims[3]]) if (c === 1 || c === 3) return c;
  return undefined;
}

/** How samples become input: a preset with one choice, or every number by hand. */
export function PreprocessForm({ data }: { data: NonNullable<StudioState['data']> }) {
  const { t } = useTranslation();
  const dims = useStudio((s) => s.model?.info.inputs[0]?.dims);
  const setPreprocess = useStudio((s) => s.setPreprocess);
  const p = data.preprocess;
  const known = presetOf(p);
  // Whether the numbers are stored as 0…255 or 0…1 is a fact of the data; once a preset has told, it holds for the next one.
  const [range, setRange] = useState<StoredRange>(known?.range ?? 'pixels');
  if (known && known.id !== 'stored' && known.id !== 'pixels' && known.range !== range) setRange(known.range);

  const change = (part: Partial<Preprocess>) => void setPreprocess({ ...p, ...part });
  const channels = channelsOf(dims);
  const presets = channels ? presetsFor(channels) : presetsFor(0);
  const current: PresetId | 'custom' = presetIdOf(data) ?? 'custom';
  const choose = (id: PresetId | 'custom') => {
    if (id !== 'custom') void setPreprocess({ ...presetPreprocess(id, range, p.resize), layout: p.layout });
  };
  return (
    <>
      <Select
        label={t('data.preset')}
        value={presets.some((x) => x.id === current) ? current : 'custom'}
        onChange={choose}
        options={[...presets.map((x) => x.id), 'custom' as const].map((id) => ({
          value: id,
          label: t(`data.presets.${id}`),
          note: t(`data.presetNotes.${id}`),
          disabled: id === 'custom' && current !== 'custom',
        }))}
      />
      <Disclosure title={t('data.prepare')}>
        <p className="data-note ui-mono">{t('data.formula')}</p>
        <div className="data-numbers">
          <NumbersField label={t('data.scale')} value={[p.scale]} single onChange={([scale]) => change({ scale })} />
          <NumbersField label={t('data.mean')} value={p.mean} onChange={(mean) => change({ mean })} />
          <NumbersField label={t('data.std')} value={p.std} nonZero onChange={(std) => change({ std })} />
        </div>
        <p className="data-note">{t('data.perChannel')}</p>
        <Segmented
          label={t('data.layout')}
          value={p.layout}
          onChange={(layout) => change({ layout })}
          options={layouts.map((value) => ({ value, label: t(`data.layouts.${value}`) }))}
        />
        <Segmented
          label={t('data.colour')}
          value={p.color}
          onChange={(color) => change({ color })}
          options={colours.map((value) => ({ value, label: t(`data.colours.${value}`) }))}
        />
        <ResizeFields resize={p.resize} onChange={(resize) => change({ resize })} />
      </Disclosure>
    </>
  );
}

function ResizeFields({ resize, onChange }: { resize: Resize; onChange: (resize: Resize) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Segmented
        label={t('data.resize')}
        value={resize.mode}
        onChange={(mode) => onChange({ ...resize, mode })}
        options={resizes.map((value) => ({
          value,
          label: t(`data.resizes.${value}`),
          note: t(`data.resizeNotes.${value}`),
        }))}
      />
      <p className="data-note">{t(`data.resizeNotes.${resize.mode}`)}</p>
      {resize.mode === 'crop' && resize.shortSide !== undefined && (
        <NumberField
          label={t('data.shortSide')}
          value={resize.shortSide}
          min={1}
          max={4096}
          step={1}
          unit="px"
          onChange={(shortSide) => onChange({ ...resize, shortSide })}
        />
      )}
    </>
  );
}
