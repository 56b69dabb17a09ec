import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { cutOf } from '../../methods/prune-weights/link.ts';
import type { PruneWeightsOptions } from '../../methods/prune-weights/options.ts';
import type { Layer } from '../../recipe/layers.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { MeasuringState } from '../importance/MeasuringState.tsx';
import { useImportance, useStepLayers } from '../importance/useImportance.ts';
import { useStudio } from '../state/store.ts';
import { Chart } from './Chart.tsx';
import { scorePicture } from './scorePicture.ts';
import { useCutChange } from './useCut.ts';
import { usePictureView } from './view.ts';

export interface ImportancePictureProps {
  /** Of the step that compares by importance. */
  index: number;
  /** The whole model without one. */
  layer?: Layer;
  /** What the picture is of. */
  name: ReactNode;
  fileName: string;
}

/** What weights matter to a step, with the cut below which they go: the same handle as on the weights, on another axis. */
export function ImportancePicture({ index, layer, name, fileName }: ImportancePictureProps) {
  const { t } = useTranslation();
  const layers = useStepLayers(index);
  const { status } = useImportance(index);
  const steps = useStudio((s) => s.recipe.steps);
  // Of the recipe that the numbers below show: so both are drawn in one frame.
  const step = (useForecastState((s) => s.recipe?.steps[index]) ?? steps[index]) as unknown as PruneWeightsOptions;
  const fullRange = usePictureView((v) => v.fullRange);
  const seen = layer && layers.find((l) => l.id === layer.id);
  const { importance } = step;
  const sketches = useMemo(
    () => (layer ? layers.filter((l) => l.id === layer.id) : layers).flatMap((l) => l.scores?.[importance] ?? []),
    [layers, layer, importance],
  );
  const picture = useMemo(() => scorePicture(sketches, fullRange), [sketches, fullRange]);
  const change = useCutChange(index, step, layer);
  if (status.at !== 'found') {
    return (
      <div className="picture-chart picture-waits">
        <MeasuringState index={index} />
      </div>
    );
  }
  if (!picture) {
    const reason = sketches.length > 0 ? 'flat' : layer ? 'unreached' : 'none-reached';
    return (
      <div className="picture-chart picture-waits">
        <EmptyState icon="chart" title={t(`importance.${reason}.title`)}>
          {t(`importance.${reason}.hint`)}
        </EmptyState>
      </div>
    );
  }
  const cut = cutOf(layers, step, seen);
  return (
    <>
      <Chart
        title={
          <>
            {name} <Badge>{t('importance.title', { by: t(`controls.prune.importances.${importance}`) })}</Badge>
          </>
        }
        fileName={`${fileName}-${importance}`}
        topic="importanceHistogram"
        picture={picture}
        scores={t(`importance.axis.${importance}`)}
        cut={cut === undefined ? undefined : { value: cut, onChange: change }}
      />
      <Notes step={step} nothing={picture.nothing} cut={cut} />
    </>
  );
}

/** What the picture does not show. */
function Notes({ step, nothing, cut }: { step: PruneWeightsOptions; nothing: number; cut: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const notes = [
    nothing > 0 && t('importance.nothing', { count: nothing, n: format.integer(nothing) }),
    cut === undefined && t(step.scope === 'output' ? 'importance.byOutput' : 'importance.byLayer'),
    step.rounds > 1 && t('importance.rounds', { n: format.integer(step.rounds) }),
  ].filter((note) => note !== false);
  return notes.length > 0 ? <p className="picture-notes ui-muted">{notes.join(' ')}</p> : null;
}
