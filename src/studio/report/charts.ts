import type { TFunction } from 'i18next';
import type { Estimate } from '../../judge/types.ts';
import { type Painter, svgPainter } from '../../ui/painter.ts';
import { paintHistogram, plotBox } from '../../ui/paintHistogram.ts';
import { linearTicks } from '../../ui/ticks.ts';
import type { Formats } from '../i18n/useFormat.ts';
import { lightColours as c } from './colours.ts';
import type { WholeHistogram } from './wholeHistogram.ts';

const WIDTH = 760;

/** A bar before (filled) and a bar after (outlined) for each row, with the numbers at their ends. */
export function pairChart(
  rows: readonly { name: string; before: number; after?: number }[],
  write: (value: number) => string,
): string {
  const most = rows.reduce((m, r) => Math.max(m, r.before, r.after ?? 0), 0) || 1;
  const left = 190;
  const room = WIDTH - left - 90;
  const height = rows.length * 40 + 8;
  const p = svgPainter(WIDTH, height, c['surface-raised']);
  rows.forEach((row, i) => {
    const y = i * 40 + 8;
    const name = row.name.length > 26 ? `…${row.name.slice(-25)}` : row.name;
    p.text(left - 8, y + 14, name, { fill: c.text, size: 12, align: 'end', mono: true });
    bar(p, left, y, (row.before / most) * room, write(row.before), 'before');
    if (row.after !== undefined) bar(p, left, y + 15, (row.after / most) * room, write(row.after), 'after');
  });
  return p.finish();
}

function bar(p: Painter, x: number, y: number, width: number, label: string, side: 'before' | 'after'): void {
  const height = 12;
  const w = Math.max(1, width);
  if (side === 'before') p.rect(x, y, w, height, c.before);
  else {
    p.rect(x, y, w, height, c.after, 0.16);
    p.line([x, y, x + w, y, x + w, y + height, x, y + height, x, y], c['after-strong'], 1.5);
  }
  p.text(x + w + 6, y + height / 2, label, { fill: c['text-muted'], size: 11 });
}

/** Two shares with their 95 % intervals on one axis. */
export function intervalChart(
  rows: readonly { name: string; value: Estimate; side: 'before' | 'after' }[],
  f: Formats,
): string {
  const low = rows.reduce((m, r) => Math.min(m, r.value.low), 1);
  const high = rows.reduce((m, r) => Math.max(m, r.value.high), 0);
  const pad = Math.max(0.002, (high - low) * 0.15);
  const [from, to] = [Math.max(0, low - pad), Math.min(1, high + pad)];
  const left = 190;
  const room = WIDTH - left - 40;
  const at = (v: number) => left + ((v - from) / (to - from || 1)) * room;
  const height = rows.length * 36 + 34;
  const p = svgPainter(WIDTH, height, c['surface-raised']);
  for (const tick of linearTicks(from, to, 5)) {
    if (tick < from || tick > to) continue;
    p.line([at(tick), 4, at(tick), height - 26], c.line, 1);
    p.text(at(tick), height - 14, f.percent(tick, 1), { fill: c['text-muted'], size: 11, align: 'middle' });
  }
  rows.forEach((row, i) => {
    const y = i * 36 + 20;
    const colour = row.side === 'before' ? c['before-strong'] : c['after-strong'];
    p.text(left - 8, y, row.name, { fill: c.text, size: 12, align: 'end' });
    p.line([at(row.value.low), y, at(row.value.high), y], colour, 2, row.side === 'after' ? [5, 3] : []);
    p.rect(at(row.value.value) - 4, y - 4, 8, 8, colour);
    p.text(at(row.value.value), y - 12, f.percent(row.value.value, 2), { fill: c.text, size: 11, align: 'middle' });
  });
  return p.finish();
}

/** The weights of the whole model, counts on a logarithmic axis. */
export function histogramChart(data: WholeHistogram, t: TFunction, f: Formats): string {
  const height = 300;
  const p = svgPainter(WIDTH, height, c['surface-raised']);
  paintHistogram(p, {
    data,
    box: plotBox(WIDTH, height, false),
    log: true,
    hovered: -1,
    colours: c,
    locale: f.locale,
    text: {
      xLabel: t('report.histogramAxis'),
      yLabel: t('report.histogramCount'),
      levelsLabel: '',
      before: t('accuracy.original'),
      after: t('accuracy.compressed'),
    },
  });
  return p.finish();
}
