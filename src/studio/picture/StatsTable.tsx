import { useTranslation } from 'react-i18next';
import { About } from '../explain/About.tsx';
import type { Topic } from '../explain/topics.ts';
import { type Formats, useFormat } from '../i18n/useFormat.ts';
import type { Stats } from './stats.ts';

export interface StatsTableProps {
  before: Stats;
  after?: Stats;
  /** Whether `after` is foretold: then it is set in italics with a ~. */
  forecast: boolean;
}

type Column = 'min' | 'max' | 'mean' | 'std' | 'zeros' | 'sqnr' | 'levels' | 'entropy' | 'bytes' | 'perWeight';
const COLUMNS: readonly Column[] = [
  'min',
  'max',
  'mean',
  'std',
  'zeros',
  'sqnr',
  'levels',
  'entropy',
  'bytes',
  'perWeight',
];
const TOPICS: Partial<Record<Column, Topic>> = { zeros: 'sparsity', sqnr: 'sqnr' };

function text(column: Column, s: Stats, format: Formats): string {
  const { count } = s;
  const value = (x: number | undefined, as: (x: number) => string) => (x === undefined ? '–' : as(x));
  switch (column) {
    case 'zeros':
      return value(s.zeros, (z) => (count ? format.percent(z / count) : '–'));
    case 'sqnr':
      return value(s.sqnr, format.decibels);
    case 'levels':
      return value(s.levels, format.integer);
    case 'entropy':
      return value(s.entropy, (b) => format.fixed(b, 2));
    case 'bytes':
      return format.bytes(s.bytes);
    case 'perWeight':
      return count ? format.significant((8 * s.bytes) / count, 3) : '–';
    default:
      return value(s[column], format.significant);
  }
}

/** Statistics before and after, side by side. */
export function StatsTable({ before, after, forecast }: StatsTableProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const row = (side: 'before' | 'after', stats: Stats) => (
    <tr data-forecast={(side === 'after' && forecast) || undefined}>
      <th scope="row" data-side={side}>
        {t(`picture.stat.${side}`)}
      </th>
      {COLUMNS.map((c) => {
        const shown = text(c, stats, format);
        return <td key={c}>{side === 'after' && forecast && shown !== '–' ? `~${shown}` : shown}</td>;
      })}
    </tr>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or keys cannot scroll it
    <section className="picture-scroll" tabIndex={0} aria-label={t('picture.stat.label')}>
      <table className="picture-stats">
        <thead>
          <tr>
            <td />
            {COLUMNS.map((c) => (
              <th key={c} scope="col">
                <span className="picture-name">
                  {t(`picture.stat.${c}`)}
                  {TOPICS[c] && <About topic={TOPICS[c]} />}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {row('before', before)}
          {after && row('after', after)}
        </tbody>
      </table>
    </section>
  );
}
