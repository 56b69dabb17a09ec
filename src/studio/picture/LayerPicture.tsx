import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isChanged } from '../../methods/plan.ts';
import type { Layer } from '../../recipe/layers.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { shape } from '../../ui/format.ts';
import { resultIsCurrent } from '../current.ts';
import { useForecast, useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { Chart } from './Chart.tsx';
import { ImportancePicture } from './ImportancePicture.tsx';
import type { Shown } from './KindSwitch.tsx';
import { levelCount } from './levels.ts';
import { OwnOptions } from './OwnOptions.tsx';
import { layerPicture } from './pictureOf.ts';
import { SpectrumPicture } from './SpectrumPicture.tsx';
import { StatRow } from './StatRow.tsx';
import { forecastStats, reportStats, sketchStats } from './stats.ts';
import { UnknownNote } from './UnknownNote.tsx';
import { useCut } from './useCut.ts';
import { usePictureView } from './view.ts';

/** The picked tensor: its histogram before and after, its numbers, who takes it, and what the recipe does to it alone. */
export function LayerPicture({ layer, ...shows }: { layer: Layer } & Shown) {
  const { t } = useTranslation();
  const { sketch } = layer;
  const nothing = layer.dims.includes(0);
  const float = /float|double/.test(layer.dtype);
  return (
    <>
      {sketch && !nothing ? (
        <Drawn layer={layer} sketch={sketch} {...shows} />
      ) : (
        <>
          <h2 className="picture-name">
            <Name layer={layer} />
          </h2>
          <EmptyState
            icon="chart"
            title={t(nothing ? 'picture.emptyTensor' : float ? 'picture.unread' : 'picture.notFloat')}
          >
            {t(nothing ? 'picture.emptyTensorHint' : float ? 'picture.unreadHint' : 'picture.notFloatHint')}
          </EmptyState>
        </>
      )}
      <Feeds layer={layer} />
      {sketch && !nothing && <OwnOptions layer={layer} />}
    </>
  );
}

function Name({ layer }: { layer: Layer }) {
  return (
    <>
      <span className="ui-mono">{layer.name}</span>{' '}
      <span className="ui-muted">
        {shape(layer.dims)} {layer.dtype}
      </span>
    </>
  );
}

function Drawn({ layer, sketch, kinds, shown }: { layer: Layer; sketch: NonNullable<Layer['sketch']> } & Shown) {
  const { t } = useTranslation();
  const fullRange = usePictureView((v) => v.fullRange);
  const plan = useForecastState((s) => s.plans.get(layer.id));
  const unknown = useForecastState((s) => s.unknownFrom !== undefined);
  const forecast = useForecast()?.of(layer.id);
  const reports = useStudio((s) => (resultIsCurrent(s) ? s.reports.get(layer.id) : undefined));
  const measured = useStudio(resultIsCurrent);
  const report = reports?.at(-1);
  // Measured, a tensor without a report is one that no step touched.
  const shownPlan = measured || unknown ? undefined : plan;
  const picture = useMemo(
    () => layerPicture(sketch, shownPlan, report, fullRange),
    [sketch, shownPlan, report, fullRange],
  );
  const cut = useCut(layer, Math.max(sketch.max, -sketch.min));
  const before = sketchStats(sketch, layer.bytes);
  const after = reports?.length
    ? reportStats(sketch, reports, picture.allLevels)
    : shownPlan && forecast && (isChanged(shownPlan) || shownPlan.bytes !== layer.bytes)
      ? forecastStats(forecast, sketch.count, picture.allLevels)
      : undefined;
  return (
    <>
      {shown === 'importance' ? (
        <ImportancePicture
          index={kinds.importance!}
          layer={layer}
          name={<Name layer={layer} />}
          fileName={layer.name}
        />
      ) : shown === 'spectrum' ? (
        <SpectrumPicture index={kinds.spectrum!} layer={layer} name={<Name layer={layer} />} />
      ) : (
        <Chart
          title={
            <>
              <Name layer={layer} /> {after && <State forecast={!report} />}
            </>
          }
          fileName={layer.name}
          picture={picture}
          cut={cut}
        />
      )}
      {sketch.nan + sketch.inf > 0 && (
        <p className="picture-odd">{t('picture.allOdd', { nan: sketch.nan, inf: sketch.inf })}</p>
      )}
      <UnknownNote />
      <StatRow before={before} after={after} forecast={!report} levels={useLevels(layer.id)} />
    </>
  );
}

/** Whether the after side was measured. */
export function State({ forecast }: { forecast: boolean }) {
  const { t } = useTranslation();
  return <Badge>{t(forecast ? 'picture.forecast' : 'picture.measured')}</Badge>;
}

/** `16 per channel`, where the tensor as a whole has no levels. */
function useLevels(id: string): string | undefined {
  const { t } = useTranslation();
  const format = useFormat();
  const plan = useForecastState((s) => s.plans.get(id));
  const n = plan && levelCount(plan);
  const q = plan?.quantizer;
  if (n === undefined || !q || q.kind === 'float16' || q.granularity === 'tensor') return undefined;
  const per =
    q.kind === 'affine' && q.granularity === 'block'
      ? t('controls.quantize.perBlock', { n: q.block })
      : t('controls.quantize.perChannel');
  return `${format.integer(n)} ${per}`;
}

const FEEDS_SHOWN = 4;

/** The nodes that take the tensor. */
function Feeds({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  const more = layer.uses.length - FEEDS_SHOWN;
  return (
    <p className="picture-feeds">
      <span className="ui-label">{t('picture.feeds')}</span>
      {layer.uses.slice(0, FEEDS_SHOWN).map((use) => (
        <span key={`${use.node} ${use.input}`}>
          {use.op} <span className="ui-mono ui-muted">{use.node}</span>
        </span>
      ))}
      {layer.uses.length === 0 && <span className="ui-muted">{t('picture.unused')}</span>}
      {more > 0 && <span className="ui-muted">{t('picture.feedsMore', { n: more })}</span>}
    </p>
  );
}
