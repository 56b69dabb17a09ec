import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Layer } from '../../recipe/layers.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { shape } from '../../ui/format.ts';
import { Histogram } from '../../ui/Histogram.tsx';
import { resultIsCurrent } from '../current.ts';
import { About } from '../explain/About.tsx';
import { useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { useStudio } from '../state/store.ts';
import { OwnControls } from './OwnControls.tsx';
import { layerPicture } from './pictureOf.ts';
import { RangeButton } from './RangeButton.tsx';
import { StatsTable } from './StatsTable.tsx';
import { forecastStats, reportStats, sketchStats } from './stats.ts';
import { useCut } from './useCut.ts';
import { usePictureView } from './view.ts';

/** Nodes named under a tensor. */
const FEEDS = 3;

/** One tensor: its histogram before and after, its statistics, what it feeds, and what the recipe does to it. */
export function LayerView({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  const { sketch } = layer;
  const feeds = layer.uses.slice(0, FEEDS).map((u) => `${u.op} ${u.node}`);
  if (layer.uses.length > FEEDS) feeds.push(t('picture.feedsMore', { n: layer.uses.length - FEEDS }));
  const none = !/^b?float/.test(layer.dtype)
    ? 'notFloat'
    : !sketch
      ? 'unread'
      : sketch.count === 0
        ? 'emptyTensor'
        : undefined;
  return (
    <div className="picture">
      <header className="picture-head">
        <h2 className="ui-mono">{layer.name}</h2>
        <span className="ui-mono ui-muted">
          {shape(layer.dims)} {layer.dtype}
        </span>
        <RangeButton />
      </header>
      {none ? (
        <EmptyState icon="layers" title={t(`picture.${none}`)}>
          {t(`picture.${none}Hint`)}
        </EmptyState>
      ) : (
        <Drawn layer={layer} />
      )}
      <p className="picture-note">
        {t('picture.feeds')}: <span className="ui-mono">{feeds.join(', ') || t('picture.unused')}</span>
      </p>
      <OwnControls layer={layer} />
    </div>
  );
}

function Drawn({ layer }: { layer: Layer }) {
  const { t } = useTranslation();
  const format = useFormat();
  const sketch = layer.sketch!;
  const fullRange = usePictureView((v) => v.fullRange);
  const plan = useForecastState((s) => s.plans.get(layer.id));
  const foretold = useForecastState((s) => s.forecast?.layers.get(layer.id));
  const unknown = useForecastState((s) => s.unknownFrom);
  const current = useStudio(resultIsCurrent);
  const all = useStudio((s) => s.reports.get(layer.id));
  const reports = current && all?.length ? all : undefined;
  const last = reports?.[reports.length - 1];
  const picture = useMemo(() => layerPicture(sketch, plan, last, fullRange), [sketch, plan, last, fullRange]);
  const cut = useCut(layer);
  const before = sketchStats(sketch, layer.bytes);
  const changed = picture.after !== undefined || picture.levels !== undefined;
  const after = reports
    ? reportStats(reports, picture.allLevels)
    : changed && foretold
      ? forecastStats(foretold, sketch.count, picture.allLevels)
      : undefined;
  const odd = sketch.nan + sketch.inf > 0;
  return (
    <>
      <div className="picture-chart">
        <Histogram
          title={
            changed
              ? t(reports ? 'picture.measured' : 'picture.forecast')
              : t('picture.bins', { n: picture.edges.length - 1 })
          }
          xLabel={t('picture.xAxis')}
          yLabel={t('picture.yAxis')}
          levelsLabel={t('picture.levelAxis')}
          edges={picture.edges}
          before={picture.before}
          after={picture.levels ? undefined : picture.after}
          levels={picture.levels}
          fileName={layer.name}
          explain={<About topic="histogram" />}
          {...cut}
        />
      </div>
      {picture.outside > 0 && (
        <p className="picture-note">
          {t('picture.outside', { count: picture.outside, n: format.integer(picture.outside) })}
        </p>
      )}
      {odd && (
        <p className="picture-note">
          {t('picture.allOdd', { nan: format.integer(sketch.nan), inf: format.integer(sketch.inf) })}
        </p>
      )}
      {!reports && unknown && (
        <p className="picture-note">
          {t('picture.unknownAfter', { method: t(`recipe.methods.${unknown.method}.name`) })}
        </p>
      )}
      <StatsTable before={before} after={after} forecast={!reports} />
    </>
  );
}
