import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { isCompressible } from '../../onnx/weights.ts';
import type { Layer } from '../../recipe/layers.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { resultIsCurrent } from '../current.ts';
import { countInto, massOfAll } from '../forecast/edges.ts';
import { useForecast, useForecastState } from '../forecast/useForecast.ts';
import { useFormat } from '../i18n/useFormat.ts';
import { chainSqnr } from '../layers/rows.ts';
import { namesOf } from '../recipe/notes.ts';
import { useStudio } from '../state/store.ts';
import { Chart } from './Chart.tsx';
import { ImportancePicture } from './ImportancePicture.tsx';
import type { Shown } from './KindSwitch.tsx';
import { State } from './LayerPicture.tsx';
import type { Picture } from './pictureOf.ts';
import { StatRow } from './StatRow.tsx';
import { type Stats, wholeSqnr, wholeStats } from './stats.ts';
import { UnknownNote } from './UnknownNote.tsx';
import { useCut } from './useCut.ts';

type Sketched = Layer & { sketch: NonNullable<Layer['sketch']> };

/** All weights of the model together. */
export function WholePicture({ layers, kinds, shown }: { layers: readonly Layer[] } & Shown) {
  const { t } = useTranslation();
  const format = useFormat();
  const drawn = useMemo(
    () => layers.filter((l): l is Sketched => l.sketch !== undefined && isCompressible(l)),
    [layers],
  );
  const whole = useForecastState((s) => s.whole);
  const after = useAfter(drawn, whole?.edges);
  const before = useMemo(() => wholeStats(drawn), [drawn]);
  const cut = useCut(undefined, Math.max(before.max ?? 0, -(before.min ?? 0)));
  const factorizes = useStudio((s) => s.recipe.steps.some((step) => step.method === 'factorize'));
  const odd = drawn.filter((l) => l.sketch.nan + l.sketch.inf > 0).map((l) => l.name);
  if (!whole || drawn.length === 0) {
    return (
      <EmptyState icon="chart" title={t(layers.some(isCompressible) ? 'picture.unread' : 'picture.notFloat')}>
        {t(layers.some(isCompressible) ? 'picture.unreadHint' : 'picture.notFloatHint')}
      </EmptyState>
    );
  }
  const inside = whole.before.reduce((a, b) => a + b, 0);
  const finite = drawn.reduce((n, l) => n + l.sketch.count - l.sketch.nan - l.sketch.inf, 0);
  const picture: Picture = {
    edges: whole.edges,
    before: whole.before,
    after: after?.counts,
    outside: Math.max(0, Math.round(finite - inside)),
    farTails: whole.farTails,
  };
  const name = (
    <>
      {t('picture.whole')}{' '}
      <span className="ui-muted">{t('picture.wholeNote', { n: format.integer(drawn.length) })}</span>
    </>
  );
  return (
    <>
      {shown === 'importance' ? (
        <ImportancePicture index={kinds.importance!} name={name} fileName={t('picture.whole')} />
      ) : (
        <Chart
          title={
            <>
              {name} {after && <State forecast={after.forecast} />}
            </>
          }
          fileName={t('picture.whole')}
          picture={picture}
          cut={cut}
        />
      )}
      {factorizes && <p className="ui-muted">{t('picture.pickLayer')}</p>}
      {odd.length > 0 && <p className="picture-odd">{t('picture.oddWhole', { tensors: namesOf(odd) })}</p>}
      <UnknownNote />
      <StatRow before={before} after={after?.stats} forecast={after?.forecast ?? false} several />
    </>
  );
}

interface After {
  counts: Float64Array | undefined;
  stats: Stats;
  forecast: boolean;
}

/** The after side: measured where the last run is of this recipe, else foretold; undefined when the recipe changes nothing. */
function useAfter(drawn: readonly Sketched[], edges: Float64Array | undefined): After | undefined {
  const measured = useStudio((s) => (resultIsCurrent(s) ? s.reports : undefined));
  const forecast = useForecast();
  const foretold = useForecastState((s) => s.whole?.after);
  const exact = useMemo((): After | undefined => {
    if (!measured || !edges) return undefined;
    const tensors = drawn.map((l) => {
      const reports = measured.get(l.id);
      const last = reports?.at(-1);
      return {
        sketch: last?.sketch ?? l.sketch,
        bytes: last?.bytesAfter ?? l.bytes,
        before: l.sketch,
        sqnr: chainSqnr(l.sketch, reports ?? []),
      };
    });
    const sqnr = wholeSqnr(tensors.map((x) => ({ sketch: x.before, sqnr: x.sqnr })));
    const counts = countInto(edges, massOfAll(tensors.map((x) => x.sketch)));
    return { counts, stats: { ...wholeStats(tensors), sqnr }, forecast: false };
  }, [measured, drawn, edges]);
  if (measured) return measured.size > 0 ? exact : undefined;
  if (!forecast) return undefined;
  if (!forecast.drawn.changed) return undefined;
  const { count, bytes, zeros, sqnr } = forecast.drawn;
  const stats = {
    count,
    bytes,
    ...(!Number.isNaN(zeros) && { zeros }),
    ...(!Number.isNaN(sqnr) && { sqnr }),
  };
  return { counts: foretold, stats, forecast: true };
}
