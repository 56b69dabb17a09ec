import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { rankOf } from '../../methods/factorize/decide.ts';
import { leastRank } from '../../methods/factorize/energy.ts';
import { type FactorizeOptions, RANK } from '../../methods/factorize/options.ts';
import type { Spectrum } from '../../methods/factorize/spectrum.ts';
import { overrideOf } from '../../methods/layers.ts';
import type { Layer } from '../../recipe/layers.ts';
import type { Step } from '../../recipe/schema.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNote } from '../../ui/ErrorNote.tsx';
import { SpectrumChart } from '../../ui/SpectrumChart.tsx';
import { About } from '../explain/About.tsx';
import { useErrorText } from '../faults/FaultNotes.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import { gesture } from '../recipe/gesture.ts';
import { useStudio } from '../state/store.ts';
import { useSpectrum } from './useSpectrum.ts';

export interface SpectrumPictureProps {
  /** Of the step that factorizes. */
  index: number;
  layer: Layer;
  name: ReactNode;
}

/** The singular values of a layer with the rank that the step takes of it, which is dragged to one of its own. */
export function SpectrumPicture({ index, layer, name }: SpectrumPictureProps) {
  const { t } = useTranslation();
  const words = useErrorText();
  const step = useStudio((s) => s.recipe.steps[index]) as unknown as FactorizeOptions;
  const setStep = useStudio((s) => s.setStep);
  const { status, compute } = useSpectrum(index, step, layer);
  if (status.at === 'found' && status.spectrum && status.spectrum.values[0] > 0) {
    const { spectrum } = status;
    const rank = rankTaken(spectrum, step, layer);
    return (
      <>
        <div className="picture-chart">
          <SpectrumChart
            title={name}
            fileName={`${layer.name}-spectrum`}
            explain={<About topic="spectrum" />}
            values={spectrum.values}
            kept={spectrum.kept}
            rank={rank}
            largest={spectrum.largest}
            xLabel={t('spectrum.rank')}
            yLabel={t('spectrum.value')}
            keptLabel={t('spectrum.kept')}
            largestLabel={t('spectrum.largest')}
            onRank={(to) =>
              setStep(index, withRank(step, layer, to / spectrum.full), `rank.${index}.${layer.id}.${gesture()}`)
            }
          />
        </div>
        <Reading spectrum={spectrum} rank={rank} />
      </>
    );
  }
  return (
    <div className="picture-chart picture-waits">
      {status.at === 'failed' ? (
        <ErrorNote {...words(status.fault)} />
      ) : (
        <EmptyState
          icon="chart"
          title={t(`spectrum.${wordOf(status)}.title`)}
          actions={status.at === 'unasked' && <Button onPress={compute}>{t('spectrum.compute')}</Button>}
        >
          {t(`spectrum.${wordOf(status)}.hint`)}
        </EmptyState>
      )}
    </div>
  );
}

type Status = ReturnType<typeof useSpectrum>['status'];

const wordOf = (status: Exclude<Status, { at: 'failed' }>) =>
  status.at !== 'found' ? status.at : status.spectrum ? 'flat' : 'left';

/** The rank that a step takes of a layer: by its share of the full rank, or the least that keeps the energy. */
function rankTaken({ full, kept }: Spectrum, step: FactorizeOptions, layer: Layer): number {
  const own = overrideOf(layer, step.layers);
  const { rank, energy } = own?.rank === undefined && own?.energy === undefined ? step : own;
  return energy === undefined ? rankOf(rank ?? RANK.default, full) : leastRank(kept, energy);
}

/** The step with a rank of the layer's own, as a share. */
function withRank(step: FactorizeOptions, layer: Layer, rank: number): Partial<Step> {
  const key = layer.id in step.layers || !(layer.name in step.layers) ? layer.id : layer.name;
  const { scheme } = step.layers[key] ?? {};
  return { layers: { ...step.layers, [key]: { ...(scheme && { scheme }), rank } } };
}

/** What the rank means: energy, error and bytes; or that it is not worth it. */
function Reading({ spectrum, rank }: { spectrum: Spectrum; rank: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { full, kept, largest, bytes, bytesPerRank } = spectrum;
  const lost = 1 - kept[rank - 1];
  const values = {
    rank: format.integer(rank),
    full: format.integer(full),
    kept: format.percent(kept[rank - 1]),
    // What is lost is the energy beyond the rank (Eckart & Young 1936).
    sqnr: format.decibels(lost > 0 ? -10 * Math.log10(lost) : Number.POSITIVE_INFINITY),
    before: format.bytes(bytes),
    after: format.bytes(rank * bytesPerRank),
  };
  return (
    <p className="picture-notes">
      {t('spectrum.reading', values)}{' '}
      <span className="ui-muted">
        {rank > largest && t(largest > 0 ? 'spectrum.over' : 'spectrum.never', { largest: format.integer(largest) })}
      </span>
    </p>
  );
}
