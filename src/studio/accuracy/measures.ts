import type { TFunction } from 'i18next';
import type { Estimate, JudgeReport } from '../../judge/types.ts';
import type { Formats } from '../i18n/useFormat.ts';

/** A line of the table of measures, as text. Shared by the page and the HTML report. */
export interface MeasureRow {
  id: string;
  name: string;
  original?: string;
  compressed?: string;
  change?: string;
  interval?: string;
}

export interface Sizes {
  before: number;
  after?: number;
  gzipBefore?: number;
  gzipAfter?: number;
}

/** Everything that was measured, one line each, in the reader's words. */
export function measureRows(report: JudgeReport | undefined, sizes: Sizes, t: TFunction, f: Formats): MeasureRow[] {
  const rows: MeasureRow[] = [];
  const between = (e: Estimate, write: (v: number) => string) => `${write(e.low)} … ${write(e.high)}`;
  const percent = (v: number) => f.percent(v, 2);
  const points = (v: number) => f.points(v, 2);
  const add = (id: Parameters<typeof nameOf>[0], cells: Omit<MeasureRow, 'id' | 'name'>) =>
    rows.push({ id, name: nameOf(id), ...cells });
  function nameOf(
    id:
      | 'top1'
      | 'top5'
      | 'agreement'
      | 'sqnr'
      | 'cosine'
      | 'maxError'
      | 'mse'
      | 'median'
      | 'p95'
      | 'speedup'
      | 'bytes'
      | 'gzip',
  ): string {
    return t(`accuracy.rows.${id}`);
  }

  if (report) {
    const { original, compressed, comparison: c, latency } = report;
    for (const top of ['top1', 'top5'] as const) {
      const [a, b, change] = [original?.[top], compressed?.[top], c[`${top}Change`]];
      if (!a || !b) continue;
      add(top, {
        original: percent(a.value),
        compressed: percent(b.value),
        ...(change && { change: points(change.value), interval: between(change, points) }),
      });
    }
    if (c.mse) {
      add('mse', {
        original: f.significant(c.mse.original.value),
        compressed: f.significant(c.mse.compressed.value),
        interval: between(c.mse.compressed, f.significant),
      });
    }
    if (c.agreement) {
      add('agreement', { compressed: percent(c.agreement.value), interval: between(c.agreement, percent) });
    }
    add('sqnr', { compressed: f.decibels(c.sqnr) });
    add('cosine', {
      compressed: f.significant(c.cosine.value, 6),
      interval: between(c.cosine, (v) => f.significant(v, 6)),
    });
    add('maxError', { compressed: f.significant(c.maxAbsError) });
    if (latency) {
      add('median', {
        original: f.duration(latency.original.median),
        compressed: f.duration(latency.compressed.median),
      });
      add('p95', { original: f.duration(latency.original.p95), compressed: f.duration(latency.compressed.p95) });
      add('speedup', { change: f.ratio(latency.speedup.value), interval: between(latency.speedup, f.ratio) });
    }
  }
  const size = (id: 'bytes' | 'gzip', before: number | undefined, after: number | undefined) => {
    if (before === undefined) return;
    add(id, {
      original: f.bytes(before),
      ...(after !== undefined && { compressed: f.bytes(after), change: f.ratio(before / after) }),
    });
  };
  size('bytes', sizes.before, sizes.after);
  size('gzip', sizes.gzipBefore, sizes.gzipAfter);
  return rows;
}

/** Class by class: its samples, the shares that are right, and the change in pp. The largest changes first. */
export interface ClassChange {
  name: string;
  total: number;
  before: number;
  after: number;
  change: number;
}

/** Of classes that have samples; shares are 0…1. */
export function classChanges(report: JudgeReport): ClassChange[] {
  const { original, compressed, classes } = report;
  if (!original || !compressed) return [];
  const changes = original.perClass.flatMap(({ correct, total }, i) => {
    if (total === 0) return [];
    const before = correct / total;
    const after = (compressed.perClass[i]?.correct ?? 0) / total;
    return [{ name: classes?.[i] ?? String(i), total, before, after, change: after - before }];
  });
  return changes.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
}
