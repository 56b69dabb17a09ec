import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Topic } from '../../methods/controls.ts';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { About } from '../explain/About.tsx';
import { useFormat } from '../i18n/useFormat.ts';
import type { Stats } from './stats.ts';

export interface StatRowProps {
  before: Stats;
  /** Absent when nothing is changed. */
  after?: Stats;
  /** `after` is foretold, not measured. */
  forecast: boolean;
  /** Said in place of the number of levels: `16 per channel`. */
  levels?: string;
  /** Several tensors together, which have no levels in common. */
  several?: boolean;
}

/** The numbers of both sides, each before over after. */
export function StatRow({ before, after, forecast, levels, several }: StatRowProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const number = (x: number | undefined) => (x === undefined ? undefined : f.significant(x));
  const share = (s: Stats | undefined) =>
    s?.zeros === undefined || s.count === 0 ? undefined : f.percent(s.zeros / s.count);
  const bits = (s: Stats | undefined) => (s && s.count > 0 ? f.significant((8 * s.bytes) / s.count) : undefined);
  const moments = (['min', 'max', 'mean', 'std'] as const).map((key) => ({
    key,
    before: number(before[key]),
    after: number(after?.[key]),
    topic: key === 'min' ? ('statistics' as const) : undefined,
  }));
  return (
    <dl className="picture-stats" aria-label={t('picture.stat.label')}>
      <Stat
        label={t('picture.stat.bytes')}
        before={f.bytes(before.bytes)}
        after={after && f.bytes(after.bytes)}
        forecast={forecast}
        topic="fileSize"
      />
      <Stat label={t('picture.stat.perWeight')} before={bits(before)} after={bits(after)} forecast={forecast} />
      <Stat
        label={t('picture.stat.sqnr')}
        after={after?.sqnr === undefined ? undefined : f.decibels(after.sqnr)}
        forecast={forecast}
        topic="sqnr"
      />
      <Stat
        label={t('picture.stat.zeros')}
        before={share(before)}
        after={share(after)}
        forecast={forecast}
        topic="sparsity"
      />
      {!several && (
        <>
          <Stat
            label={t('picture.stat.levels')}
            after={after && (levels ?? (after.levels === undefined ? undefined : f.integer(after.levels)))}
            forecast={forecast}
            topic="bits"
          />
          <Stat
            label={t('picture.stat.entropy')}
            after={
              after?.entropy === undefined ? undefined : t('picture.stat.bitsUnit', { n: f.fixed(after.entropy, 2) })
            }
            forecast={forecast}
            topic="entropy"
          />
        </>
      )}
      {moments.map((m) => (
        <Stat
          key={m.key}
          label={t(`picture.stat.${m.key}`)}
          before={m.before}
          after={m.after}
          forecast={forecast}
          topic={m.topic}
        />
      ))}
      <Stat label={t('picture.stat.count')} before={f.count(before.count)} />
    </dl>
  );
}

interface StatProps {
  label: string;
  before?: string;
  after?: string;
  forecast?: boolean;
  topic?: Topic;
}

/**
 * One number before and after. Both lines keep their place when they are empty, so that nothing jumps while a slider moves; most of
 * them stand still meanwhile.
 */
const Stat = memo(function Stat({ label, before, after, forecast, topic }: StatProps) {
  const { t } = useTranslation();
  return (
    <div className="picture-stat">
      <dt>
        <span className="ui-label">{label}</span>
        {topic && <About topic={topic} />}
      </dt>
      <dd data-side="before">{said(before, t('picture.stat.before'))}</dd>
      <dd data-side="after" data-forecast={(forecast && after !== undefined) || undefined}>
        {said(after === undefined ? undefined : forecast ? `~ ${after}` : after, t('picture.stat.after'))}
      </dd>
    </div>
  );
});

const said = (text: string | undefined, side: string): ReactNode =>
  text === undefined ? (
    <span aria-hidden="true">—</span>
  ) : (
    <>
      <VisuallyHidden>{side} </VisuallyHidden>
      {text}
    </>
  );
