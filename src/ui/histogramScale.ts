/** Geometry of a histogram in CSS pixels. `left…right` × `top…bottom` is the plot; the rest is axes. */
export interface PlotBox {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** A vertical scale of counts. */
export interface CountScale {
  /** The count at the top of the plot. */
  top: number;
  log: boolean;
  /** Bars over the top are drawn broken, with their count beside them. */
  broken: boolean;
}

/** A spike more than this many times the next bar would flatten every other bar. */
const spike = 3;

/**
 * A scale on which a reader sees the shape. The zeros that pruning makes stand alone in one bin and can outweigh the rest of the tensor; on
 * a linear scale such a lone bin is cut off and marked as broken. On a log scale nothing needs cutting.
 */
export function countScale(series: readonly ArrayLike<number>[], log: boolean): CountScale {
  let first = 0;
  let firstBin = -1;
  for (const counts of series)
    for (let i = 0; i < counts.length; i++)
      if (counts[i] > first) {
        first = counts[i];
        firstBin = i;
      }
  let second = 0;
  for (const counts of series)
    for (let i = 0; i < counts.length; i++) if (i !== firstBin && counts[i] > second) second = counts[i];
  const broken = !log && second > 0 && first > spike * second;
  return { top: Math.max(1, broken ? second * 1.2 : first * (log ? 1 : 1.04)), log, broken };
}

/** How high a count stands, 0…1 of the plot. Log is log(1 + n), which keeps an empty bin on the line. */
export function heightOf(count: number, { top, log }: CountScale): number {
  if (!(count > 0)) return 0;
  return Math.min(1, log ? Math.log1p(count) / Math.log1p(top) : count / top);
}

/** The range of values along the bottom. */
export interface ValueAxis {
  low: number;
  high: number;
  /** Every power of ten is as wide as the next; `low` is over 0. */
  log?: boolean;
}

/** The pixel of a value. */
export function toPixel(value: number, { low, high, log }: ValueAxis, box: PlotBox): number {
  if (!(high > low)) return (box.left + box.right) / 2;
  const share = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return box.left + share * (box.right - box.left);
}

/** The value under a pixel, inside `low…high`. */
export function fromPixel(pixel: number, { low, high, log }: ValueAxis, box: PlotBox): number {
  const share = Math.min(1, Math.max(0, (pixel - box.left) / Math.max(1, box.right - box.left)));
  return log ? low * (high / low) ** share : low + share * (high - low);
}

/** The bin that holds a value: the last edge belongs to the last bin. −1 outside. */
export function binOf(value: number, edges: ArrayLike<number>): number {
  const bins = edges.length - 1;
  if (!(bins > 0) || !(value >= edges[0]) || !(value <= edges[bins])) return -1;
  let low = 0;
  let high = bins;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}
