import { countTick, type Locale, significant, count as writeCount } from './format.ts';
import { type CountScale, countScale, heightOf, type PlotBox, toPixel, type ValueAxis } from './histogramScale.ts';
import type { Painter } from './painter.ts';
import type { ChartColours } from './theme.ts';
import { linearTicks, logTicks } from './ticks.ts';

export interface HistogramData {
  /** `bins + 1` ascending finite edges. */
  edges: ArrayLike<number>;
  /** Values per bin of the original. */
  before: ArrayLike<number>;
  /** Values per bin of the compressed tensor, over the same edges. */
  after?: ArrayLike<number>;
  /** The values the compressed tensor can take and how often it does: drawn instead of `after`. At most 64 are readable. */
  levels?: readonly { x: number; count: number }[];
}

export interface HistogramText {
  xLabel: string;
  yLabel: string;
  /** Title of the right axis, on which levels are counted. */
  levelsLabel: string;
  before: string;
  after: string;
}

export interface HistogramScene {
  data: HistogramData;
  box: PlotBox;
  /** Counts on a log scale. */
  log: boolean;
  /** Values on a log scale: all edges are over 0. */
  xLog?: boolean;
  /** |x| under this is cut: veiled. */
  cut?: number;
  clip?: readonly [number, number];
  hovered: number;
  text: HistogramText;
  colours: ChartColours;
  locale: Locale;
}

const label = 11;

/** Where the plot lies in a chart of this size. Levels need a second axis at the right. */
export function plotBox(width: number, height: number, withLevels: boolean): PlotBox {
  return { left: 56, right: Math.max(57, width - (withLevels ? 56 : 12)), top: 22, bottom: Math.max(23, height - 40) };
}

/** The axis that edges span. */
export function axisOf(edges: ArrayLike<number>, log?: boolean): ValueAxis {
  return { low: edges[0] ?? 0, high: edges[edges.length - 1] ?? 1, ...(log && { log }) };
}

/** The whole chart, axes and all, on a canvas or into an SVG file alike. */
export function paintHistogram(p: Painter, scene: HistogramScene): void {
  const { data, box, log, colours } = scene;
  const axis = axisOf(data.edges, scene.xLog);
  const levels = data.levels;
  const counts = countScale(data.after && !levels ? [data.before, data.after] : [data.before], log);
  const levelCounts = levels && countScale([levels.map((level) => level.count)], log);

  paintCounts(p, scene, counts, 'left');
  bars(p, scene, axis, counts);
  veil(p, scene, axis);
  if (levels && levelCounts) {
    paintCounts(p, scene, levelCounts, 'right');
    stems(p, scene, axis, levelCounts);
  } else if (data.after) outline(p, scene, axis, counts);
  if (counts.broken) spikes(p, scene, axis, counts);

  p.line([box.left, box.bottom + 0.5, box.right, box.bottom + 0.5], colours.control, 1);
  const room = Math.max(2, Math.floor((box.right - box.left) / 76));
  for (const tick of (axis.log ? logTicks : linearTicks)(axis.low, axis.high, room)) {
    const x = Math.round(toPixel(tick, axis, box)) + 0.5;
    p.line([x, box.bottom, x, box.bottom + 4], colours.control, 1);
    p.text(x, box.bottom + 7, significant(tick, 4, scene.locale), {
      fill: colours['text-muted'],
      size: label,
      align: 'middle',
      baseline: 'top',
    });
  }
  const middle = (box.left + box.right) / 2;
  p.text(middle, box.bottom + 24, scene.text.xLabel, {
    fill: colours['text-muted'],
    size: label,
    align: 'middle',
    baseline: 'top',
  });
  keys(p, scene);
}

/** Direct names of the two sides, in their colours and in their marks. */
function keys(p: Painter, { box, colours, text, data }: HistogramScene): void {
  p.rect(box.left, 5, 9, 9, colours.before);
  p.text(box.left + 14, 10, text.before, { fill: colours['before-text'], size: label, bold: true });
  if (!data.after && !data.levels) return;
  const x = box.right;
  p.text(x - 14, 10, text.after, { fill: colours['after-text'], size: label, bold: true, align: 'end' });
  p.line([x - 9, 5.5, x, 5.5, x, 13.5, x - 9, 13.5, x - 9, 4.75], colours['after-strong'], 1.5);
}

function paintCounts(
  p: Painter,
  { box, colours, text, locale }: HistogramScene,
  scale: CountScale,
  side: 'left' | 'right',
): void {
  const height = box.bottom - box.top;
  const room = Math.max(2, Math.floor(height / 44));
  const ticks = scale.log ? [0, ...logTicks(1, scale.top, room)] : linearTicks(0, scale.top, room);
  const left = side === 'left';
  const fill = left ? colours['text-muted'] : colours['after-text'];
  for (const tick of ticks) {
    const y = Math.round(box.bottom - heightOf(tick, scale) * height) + 0.5;
    if (left && tick !== 0) p.line([box.left, y, box.right, y], colours.line, 1);
    if (!left) p.line([box.right, y, box.right + 4, y], colours['after-strong'], 1);
    const written = countTick(tick, locale);
    p.text(left ? box.left - 7 : box.right + 7, y, written, { fill, size: label, align: left ? 'end' : 'start' });
  }
  const middle = (box.top + box.bottom) / 2;
  const x = left ? 9 : box.right + 48;
  p.text(x, middle, left ? text.yLabel : text.levelsLabel, { fill, size: label, align: 'middle', vertical: true });
}

function bars(p: Painter, { data, box, colours, hovered }: HistogramScene, axis: ValueAxis, scale: CountScale): void {
  const height = box.bottom - box.top;
  const bins = Math.min(data.before.length, data.edges.length - 1);
  // A tensor of one value has bins of no width; its bar is a line.
  const least = axis.high > axis.low ? 0.5 : 3;
  for (let i = 0; i < bins; i++) {
    const tall = heightOf(data.before[i], scale) * height;
    const x0 = toPixel(data.edges[i], axis, box);
    const wide = toPixel(data.edges[i + 1], axis, box) - x0;
    // A gap between bars only where it does not eat the bar.
    const gap = wide > 4 ? 1 : 0;
    if (i === hovered) p.rect(x0, box.top, wide, height, colours.text, 0.08);
    if (tall > 0)
      p.rect(x0, box.bottom - Math.max(1, tall), Math.max(least, wide - gap), Math.max(1, tall), colours.before);
  }
}

/** The compressed side as an outline over the bars: no fill, so that grey print still tells the two apart. */
function outline(p: Painter, { data, box, colours }: HistogramScene, axis: ValueAxis, scale: CountScale): void {
  const after = data.after!;
  const height = box.bottom - box.top;
  const points: number[] = [];
  for (let i = 0; i < Math.min(after.length, data.edges.length - 1); i++) {
    const y = box.bottom - heightOf(after[i], scale) * height;
    points.push(toPixel(data.edges[i], axis, box), y, toPixel(data.edges[i + 1], axis, box), y);
  }
  if (points.length === 0) return;
  const start = [points[0], box.bottom];
  const end = [points[points.length - 2], box.bottom];
  p.line([...start, ...points, ...end], colours['surface-raised'], 3.5);
  p.line([...start, ...points, ...end], colours['after-strong'], 1.5);
}

function stems(p: Painter, { data, box, colours }: HistogramScene, axis: ValueAxis, scale: CountScale): void {
  const height = box.bottom - box.top;
  const wide = (box.right - box.left) / Math.max(1, data.levels!.length) > 10 ? 2 : 1.25;
  for (const level of data.levels!) {
    const x = toPixel(level.x, axis, box);
    if (x < box.left - 0.5 || x > box.right + 0.5) continue;
    const y = box.bottom - heightOf(level.count, scale) * height;
    p.line([x, box.bottom + 4, x, y], colours['surface-raised'], wide + 2);
    p.line([x, box.bottom + 4, x, y], colours['after-strong'], wide);
    if (level.count > 0) p.rect(x - 3, y - 1.5, 6, 3, colours['after-strong']);
  }
}

/** Fades what a threshold cuts or a clip leaves out. */
function veil(p: Painter, { box, cut, clip, colours }: HistogramScene, axis: ValueAxis): void {
  const { low, high } = axis;
  const height = box.bottom - box.top;
  const shade = (from: number, to: number) => {
    const x0 = toPixel(Math.max(low, from), axis, box);
    const x1 = toPixel(Math.min(high, to), axis, box);
    if (x1 <= x0) return;
    p.rect(x0, box.top, x1 - x0, height, colours['surface-raised'], 0.55);
    p.rect(x0, box.top, x1 - x0, height, colours.text, 0.09);
  };
  if (cut !== undefined && cut > 0) shade(axis.log ? low : -cut, cut);
  if (clip) {
    shade(low, clip[0]);
    shade(clip[1], high);
  }
}

/** The break in a bar that is taller than the chart, and how tall it really is. */
function spikes(p: Painter, { data, box, colours, locale }: HistogramScene, axis: ValueAxis, scale: CountScale): void {
  const mark = (counts: ArrayLike<number>, fill: string, row: number) => {
    for (let i = 0; i < Math.min(counts.length, data.edges.length - 1); i++) {
      if (!(counts[i] > scale.top)) continue;
      const x = toPixel((data.edges[i] + data.edges[i + 1]) / 2, axis, box);
      const y = box.top + 12;
      p.line([x - 7, y + 3, x + 7, y - 3], colours['surface-raised'], 4);
      p.line([x - 7, y + 5.5, x + 7, y - 0.5], colours.text, 1);
      p.line([x - 7, y + 0.5, x + 7, y - 5.5], colours.text, 1);
      const written = writeCount(counts[i], locale);
      const wide = written.length * 7 + 6;
      const x0 = x > box.right - 60 ? x - 9 - wide : x + 9;
      p.rect(x0, y - 13 + row * 15, wide, 15, colours['surface-raised'], 0.85);
      p.text(x0 + wide / 2, y - 5 + row * 15, written, { fill, size: label, bold: true, align: 'middle' });
    }
  };
  mark(data.before, colours['before-text'], 0);
  if (data.after && !data.levels) mark(data.after, colours['after-text'], 1);
}
