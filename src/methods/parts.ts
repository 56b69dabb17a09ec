import type { Sketch } from '../kernels/sketch.ts';
import { type Bins, binsOf, massOf } from './bins.ts';

/** Channels of about the same range, as if they were one tensor. */
export interface Part {
  readonly bins: Bins;
  /**
   * Mean of the channels' squared ranges over the tensor's, root: by the larger magnitude, by max − min where both are widened to
   * hold 0, and by max − min.
   */
  readonly absolute: number;
  readonly width: number;
  readonly span: number;
  /** Elements of one channel, and how many channels there are. */
  readonly length: number;
  readonly channels: number;
}

/** Most parts a tensor is split into, half an octave of range each; the lowest takes all the rest. */
const MAX_PARTS = 8;

const cache = new WeakMap<Sketch, readonly Part[]>();

/**
 * A tensor by the ranges of its channels. A sketch has one histogram for all of them, so each part, from the narrowest up,
 * takes its number of elements from what is left within its range, every bin in proportion.
 */
export function partsOf(sketch: Sketch): readonly Part[] {
  let parts = cache.get(sketch);
  if (!parts) {
    parts = sketch.channels ? split(sketch, sketch.channels) : [];
    if (parts.length === 0)
      parts = [{ bins: binsOf(sketch), absolute: 1, width: 1, span: 1, length: sketch.count, channels: 1 }];
    cache.set(sketch, parts);
  }
  return parts;
}

const widthOf = (min: number, max: number) => Math.max(max, 0) - Math.min(min, 0);

function split(sketch: Sketch, channels: NonNullable<Sketch['channels']>): Part[] {
  const top = Math.max(sketch.max, -sketch.min);
  const count = channels.min.length;
  if (top === 0 || count < 2) return [];
  const length = sketch.count / count;
  const wide = widthOf(sketch.min, sketch.max);
  const spread = sketch.max - sketch.min;
  const groups: { reach: number; channels: number; absolute: number; width: number; span: number }[] = [];
  for (let c = 0; c < count; c++) {
    const own = Math.max(channels.max[c], -channels.min[c]);
    const slot = Math.min(MAX_PARTS - 1, Math.floor(2 * Math.log2(top / own)));
    groups[slot] ??= { reach: 0, channels: 0, absolute: 0, width: 0, span: 0 };
    const g = groups[slot];
    g.reach = Math.max(g.reach, own);
    g.channels++;
    g.absolute += (own / top) ** 2;
    g.span += spread === 0 ? 0 : ((channels.max[c] - channels.min[c]) / spread) ** 2;
    g.width += (widthOf(channels.min[c], channels.max[c]) / wide) ** 2;
  }
  const whole = binsOf(sketch);
  const left = { count: whole.count.slice(), zeros: whole.zeros };
  const parts: Part[] = [];
  for (const g of groups.reverse()) {
    if (!g) continue;
    const bins = take(whole, left, g.reach, g.channels * length);
    const root = (sum: number) => Math.sqrt(sum / g.channels);
    parts.push({
      bins,
      absolute: root(g.absolute),
      width: root(g.width),
      span: root(g.span),
      length,
      channels: g.channels,
    });
  }
  return parts;
}

function take(whole: Bins, left: { count: Float64Array; zeros: number }, reach: number, wanted: number): Bins {
  const inside = (i: number) => whole.low[i] <= reach && whole.high[i] >= -reach;
  let available = left.zeros;
  for (let i = 0; i < left.count.length; i++) if (inside(i)) available += left.count[i];
  const share = available > 0 ? Math.min(1, wanted / available) : 0;
  const low: number[] = [];
  const high: number[] = [];
  const count: number[] = [];
  for (let i = 0; i < left.count.length; i++) {
    const n = left.count[i] * share;
    if (n === 0 || !inside(i)) continue;
    low.push(Math.max(whole.low[i], -reach));
    high.push(Math.min(whole.high[i], reach));
    count.push(n);
    left.count[i] -= n;
  }
  const zeros = left.zeros * share;
  left.zeros -= zeros;
  return { low: Float64Array.from(low), high: Float64Array.from(high), count: Float64Array.from(count), zeros };
}

const ratios = new WeakMap<Bins, Map<string, number>>();

/**
 * What the range of a block of `size` elements is likely to be, over the range of the tensor: the expected extremes of that
 * many independent draws from the bins of one of its parts. Remembered, since sliders ask for it in every frame.
 */
export function blockRatio(bins: Bins, size: number, by: 'absolute' | 'width' | 'span', sketch: Sketch): number {
  const key = `${by} ${size}`;
  const known = ratios.get(bins) ?? new Map<string, number>();
  ratios.set(bins, known);
  const ratio = known.get(key) ?? expectedRatio(bins, size, by, sketch);
  known.set(key, ratio);
  return ratio;
}

function expectedRatio(bins: Bins, size: number, by: 'absolute' | 'width' | 'span', sketch: Sketch): number {
  const n = massOf(bins);
  if (n === 0) return 1;
  if (by === 'absolute') {
    const top = Math.max(sketch.max, -sketch.min);
    return top === 0 ? 1 : Math.sqrt(expectedSquare(bins, n, size)) / top;
  }
  const wide = by === 'span' ? sketch.max - sketch.min : widthOf(sketch.min, sketch.max);
  if (wide === 0) return 1;
  const high = expectedMax(bins, n, size, 1);
  const low = -expectedMax(bins, n, size, -1);
  return (by === 'span' ? high - low : widthOf(low, high)) / wide;
}

const reach = ({ low, high }: Bins, i: number) => Math.max(-low[i], high[i]);
const middle = ({ low, high }: Bins, i: number) => (low[i] + high[i]) / 2;

/** Of the largest magnitude among `size`: Σ x² (F(x)^size − F(x⁻)^size). */
function expectedSquare(bins: Bins, n: number, size: number): number {
  const order = Array.from(bins.count.keys()).sort((a, b) => reach(bins, a) - reach(bins, b));
  let below = bins.zeros / n;
  let last = below ** size;
  let square = 0;
  for (const i of order) {
    below += bins.count[i] / n;
    const now = Math.min(1, below) ** size;
    square += (now - last) * middle(bins, i) ** 2;
    last = now;
  }
  return square;
}

/** Of the largest among `size` values times `sign`. */
function expectedMax(bins: Bins, n: number, size: number, sign: 1 | -1): number {
  const { count, zeros } = bins;
  const positive = bins.low.findIndex((x) => x >= 0);
  const split = positive < 0 ? count.length : positive;
  let below = 0;
  let last = 0;
  let mean = 0;
  const step = (value: number, mass: number) => {
    below += mass / n;
    const now = Math.min(1, below) ** size;
    mean += (now - last) * value;
    last = now;
  };
  // In ascending order of value · sign, the exact zeros in their place.
  if (sign > 0) {
    for (let i = 0; i < split; i++) step(middle(bins, i), count[i]);
    step(0, zeros);
    for (let i = split; i < count.length; i++) step(middle(bins, i), count[i]);
  } else {
    for (let i = count.length - 1; i >= split; i--) step(-middle(bins, i), count[i]);
    step(0, zeros);
    for (let i = split - 1; i >= 0; i--) step(-middle(bins, i), count[i]);
  }
  return mean;
}
