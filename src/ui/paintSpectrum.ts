import { type Locale, percent, significant } from './format.ts';
import { type PlotBox, toPixel, type ValueAxis } from './histogramScale.ts';
import type { Painter } from './painter.ts';
import type { ChartColours } from './theme.ts';
import { linearTicks, logTicks } from './ticks.ts';

export interface SpectrumData {
  /** Singular values in descending order. */
  values: ArrayLike<number>;
  /** Share of the energy that each rank from 1 up keeps. */
  kept: ArrayLike<number>;
  /** The rank that is taken: what lies behind it is veiled. */
  rank: number;
  /** The largest rank that is worth it; 0 when none is. */
  largest: number;
}

export interface SpectrumText {
  xLabel: string;
  yLabel: string;
  keptLabel: string;
  /** Beside the mark of the largest rank. */
  largestLabel: string;
}

export interface SpectrumScene {
  data: SpectrumData;
  box: PlotBox;
  hovered: number;
  text: SpectrumText;
  colours: ChartColours;
  locale: Locale;
}

const label = 11;
/** Singular values under this share of the largest are noise of the arithmetic. */
const NOISE = 1e-7;

/** Where the plot lies in a chart of this size. */
export function spectrumBox(width: number, height: number): PlotBox {
  return { left: 56, right: Math.max(57, width - 52), top: 22, bottom: Math.max(23, height - 40) };
}

/** Ranks along the bottom: each has a place of its own, from half before it to half behind it. */
export function rankAxis(values: ArrayLike<number>): ValueAxis {
  return { low: 0.5, high: Math.max(1, values.length) + 0.5 };
}

/** The smallest and the largest singular value on the axis. */
export function valueRange(values: ArrayLike<number>): [low: number, high: number] {
  const high = values[0] > 0 ? values[0] : 1;
  let low = high;
  for (let i = 0; i < values.length; i++) if (values[i] > NOISE * high) low = Math.min(low, values[i]);
  // The smallest has a bar too.
  return [Math.min(low * 0.8, high / 2), high * 1.1];
}

/** Singular values as bars on a logarithmic axis, and the energy that a rank keeps as a line; on a canvas or into a file alike. */
export function paintSpectrum(p: Painter, scene: SpectrumScene): void {
  const { data, box, colours, locale, hovered } = scene;
  const axis = rankAxis(data.values);
  const [low, high] = valueRange(data.values);
  const height = box.bottom - box.top;
  const tall = (v: number) => (v > low ? (Math.log(v / low) / Math.log(high / low)) * height : 0);
  const muted = { fill: colours['text-muted'], size: label } as const;

  for (const tick of logTicks(low, high, Math.max(2, Math.floor(height / 44)))) {
    const y = Math.round(box.bottom - tall(tick)) + 0.5;
    p.line([box.left, y, box.right, y], colours.line, 1);
    p.text(box.left - 7, y, significant(tick, 2, locale), { ...muted, align: 'end' });
  }
  for (let k = 1; k <= data.values.length; k++) {
    const x = toPixel(k - 0.5, axis, box);
    const wide = toPixel(k + 0.5, axis, box) - x;
    if (k === hovered) p.rect(x, box.top, wide, height, colours.text, 0.08);
    const bar = tall(data.values[k - 1]);
    // A gap between bars where there is room for one; else they lie over each other a little, or their edges would show as stripes.
    if (bar > 0) p.rect(x, box.bottom - bar, wide > 4 ? wide - 1 : wide + 0.5, bar, colours.before);
  }
  const cut = toPixel(data.rank + 0.5, axis, box);
  p.rect(cut, box.top, box.right - cut, height, colours['surface-raised'], 0.55);
  p.rect(cut, box.top, box.right - cut, height, colours.text, 0.09);
  keptLine(p, scene, axis);
  largestMark(p, scene, axis);

  p.line([box.left, box.bottom + 0.5, box.right, box.bottom + 0.5], colours.control, 1);
  const room = Math.max(2, Math.floor((box.right - box.left) / 76));
  for (const tick of linearTicks(1, data.values.length, room).filter(Number.isInteger)) {
    const x = Math.round(toPixel(tick, axis, box)) + 0.5;
    p.line([x, box.bottom, x, box.bottom + 4], colours.control, 1);
    p.text(x, box.bottom + 7, significant(tick, 4, locale), { ...muted, align: 'middle', baseline: 'top' });
  }
  const { text } = scene;
  const middle = (box.left + box.right) / 2;
  p.text(middle, box.bottom + 24, text.xLabel, { ...muted, align: 'middle', baseline: 'top' });
  p.rect(box.left, 5, 9, 9, colours.before);
  p.text(box.left + 14, 10, text.yLabel, { fill: colours['before-text'], size: label, bold: true });
  p.text(box.right - 20, 10, text.keptLabel, { fill: colours.text, size: label, bold: true, align: 'end' });
  p.line([box.right - 14, 10, box.right, 10], colours.text, 1.5);
}

/** The energy that each rank keeps, from nothing to all, on an axis of its own at the right. */
function keptLine(p: Painter, { data, box, colours, locale }: SpectrumScene, axis: ValueAxis): void {
  const at = (share: number) => box.bottom - share * (box.bottom - box.top);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const y = Math.round(at(share)) + 0.5;
    p.line([box.right, y, box.right + 4, y], colours.control, 1);
    p.text(box.right + 7, y, percent(share, 0, locale), { fill: colours['text-muted'], size: label });
  }
  const points = [box.left, box.bottom];
  for (let k = 0; k < data.kept.length; k++) points.push(toPixel(k + 1.5, axis, box), at(data.kept[k]));
  p.line(points, colours['surface-raised'], 3.5);
  p.line(points, colours.text, 1.5);
}

/** Behind it two tensors take more than one. */
function largestMark(p: Painter, { data, box, colours, text }: SpectrumScene, axis: ValueAxis): void {
  if (data.largest < 1 || data.largest >= data.values.length) return;
  const x = Math.round(toPixel(data.largest + 0.5, axis, box)) + 0.5;
  p.line([x, box.top, x, box.bottom], colours['text-muted'], 1, [3, 3]);
  const left = x > (box.left + box.right) / 2;
  // Wide enough for ideographs and for letters alike.
  const wide = [...text.largestLabel].reduce((n, c) => n + (c > '\u2e7f' ? label : 5.7), 8);
  p.rect(left ? x - 3 - wide : x + 3, box.bottom - 22, wide, 16, colours['surface-raised'], 0.85);
  p.text(left ? x - 7 : x + 7, box.bottom - 14, text.largestLabel, {
    fill: colours['text-muted'],
    size: label,
    align: left ? 'end' : 'start',
  });
}
