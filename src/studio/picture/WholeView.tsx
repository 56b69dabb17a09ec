import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Layer } from '../../recipe/layers.ts';
import { Histogram } from '../../ui/Histogram.tsx';
import { resultIsCurrent } from '../current.ts';
import { About } from '../explain/About.tsx';
import { countInto, massOfAll } from '../forecast/edges.ts';
import { useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { chainSqnr } from '../layers/rows.ts';
import { useStudio } from '../state/store.ts';
import { RangeButton } from './RangeButton.tsx';
import { StatsTable } from './StatsTable.tsx';
import { type Stats, wholeSqnr, wholeStats } from './stats.ts';
import { useCut } from './useCut.ts';

const NONE: readonly Layer[] = [];
/** Tensors named in a sentence. */
const NAMED = 3;

/** All weights together: their histogram before and after, and their statistics. */
export function WholeView() {
  const { t } = useTranslation();
  const format = useFormat();
  const layers = useStudio((s) => s.model?.layers) ?? NONE;
  const drawn = useMemo(() => layers.filter((l) => l.compressible && l.sketch && l.sketch.count > 0), [layers]);
  const sketched = useStudio((s) => s.sketched);
  const toSketch = useStudio((s) => s.toSketch);
  const whole = useForecastState((s) => s.whole);
  const unknown = useForecastState((s) => s.unknownFrom);
  const after = useAfter(drawn);
  const cut = useCut(undefined);
  const before = useMemo(() => wholeStats(drawn.map((l) => ({ sketch: l.sketch!, bytes: l.bytes }))), [drawn]);
  const odd = drawn.filter((l) => l.sketch!.nan + l.sketch!.inf > 0).map((l) => l.name);
  const shown = after?.measured && whole ? countInto(whole.edges, massOfAll(after.sketches)) : whole?.after;
  const changed = after !== undefined;
  return (
    <div className="picture">
      <header className="picture-head">
        <h2>{t('picture.whole')}</h2>
        <span className="ui-muted">{t('picture.wholeNote', { n: format.integer(drawn.length) })}</span>
        <RangeButton />
      </header>
      {sketched < toSketch && (
        <p className="picture-note">
          {t('picture.reading', { done: format.integer(sketched), total: format.integer(toSketch) })}
        </p>
      )}
      <div className="picture-chart">
        {whole && (
          <Histogram
            title={
              changed
                ? t(after.measured ? 'picture.measured' : 'picture.forecast')
                : t('picture.bins', { n: whole.edges.length - 1 })
            }
            xLabel={t('picture.xAxis')}
            yLabel={t('picture.yAxis')}
            edges={whole.edges}
            before={whole.before}
            after={changed ? shown : undefined}
            fileName="weights"
            explain={<About topic="histogram" />}
            {...cut}
          />
        )}
      </div>
      {odd.length > 0 && (
        <p className="picture-note">
          {t('picture.oddWhole', { tensors: odd.slice(0, NAMED).join(', ') + (odd.length > NAMED ? ' …' : '') })}
        </p>
      )}
      {!after?.measured && unknown && (
        <p className="picture-note">
          {t('picture.unknownAfter', { method: t(`recipe.methods.${unknown.method}.name`) })}
        </p>
      )}
      <StatsTable before={before} after={after?.stats} forecast={!after?.measured} />
    </div>
  );
}

/** The weights after the recipe: of the run when it is of this recipe, else as foretold; undefined where nothing changes. */
function useAfter(drawn: readonly Layer[]) {
  const steps = useStudio((s) => s.recipe.steps.length);
  const current = useStudio(resultIsCurrent);
  const reports = useStudio((s) => s.reports);
  const forecast = useForecastState((s) => s.forecast);
  return useMemo(() => {
    if (steps === 0 || drawn.length === 0) return undefined;
    if (current) {
      const parts = drawn.map((l) => {
        const done = reports.get(l.id);
        const last = done?.[done.length - 1];
        return {
          sketch: last?.sketch ?? l.sketch!,
          bytes: last?.bytesAfter ?? l.bytes,
          sqnr: done?.length ? chainSqnr(done.map((r) => r.sqnr)) : Number.POSITIVE_INFINITY,
          before: l.sketch!,
        };
      });
      const sqnr = wholeSqnr(parts.map((p) => ({ sketch: p.before, sqnr: p.sqnr })));
      const stats: Stats = { ...wholeStats(parts), sqnr };
      return { measured: true, stats, sketches: parts.map((p) => p.sketch) };
    }
    if (!forecast) return undefined;
    const parts = drawn.map((l) => ({ sketch: l.sketch!, own: forecast.layers.get(l.id) }));
    const sum = (f: (p: (typeof parts)[number]) => number) => parts.reduce((n, p) => n + f(p), 0);
    const stats: Stats = {
      count: sum((p) => p.sketch.count),
      bytes: sum((p) => p.own?.bytes ?? 0),
      zeros: sum((p) => p.own?.zeros ?? p.sketch.zeros),
      sqnr: wholeSqnr(parts.map((p) => ({ sketch: p.sketch, sqnr: p.own?.sqnr ?? Number.POSITIVE_INFINITY }))),
    };
    return { measured: false, stats, sketches: [] };
  }, [steps, drawn, current, reports, forecast]);
}
