import type { Rounding } from './numpy.ts';

/** Counts between edges; `edges` has one more entry than `counts`. Structured-cloneable. */
export interface Histogram {
  readonly edges: Float32Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
}

/** `bins` empty bins from `lo` to `hi`, each edge rounded as `numpy.histogram_bin_edges` does in the tensor's dtype. */
export function emptyHistogram(lo: number, hi: number, bins: number, round: Rounding): Histogram {
  const [from, to] = lo === hi ? [round(lo - 0.5), round(hi + 0.5)] : [lo, hi];
  const step = round(round(to - from) / bins);
  const edges = new Float32Array(bins + 1);
  for (let i = 0; i < bins; i++) edges[i] = round(round(i * step) + from);
  edges[bins] = to;
  return { edges, counts: new Float64Array(bins) };
}

/**
 * Counts values as `numpy.histogram` does with uniform bins (numpy/lib/_histograms_impl.py): the bin by one division, then
 * set right against the edges. Values outside and NaN are passed over.
 * @param magnitudes counts |x| instead
 */
export function countInto(h: Histogram, x: Float32Array, round: Rounding, magnitudes = false): void {
  const { edges, counts } = h;
  const bins = counts.length;
  const lo = edges[0];
  const hi = edges[bins];
  const width = round(hi - lo);
  for (let k = 0; k < x.length; k++) {
    const v = magnitudes ? Math.abs(x[k]) : x[k];
    if (!(v >= lo && v <= hi)) continue;
    let i = Math.trunc(round(round(round(v - lo) / width) * bins));
    if (i >= bins) i = bins - 1;
    if (v < edges[i]) i--;
    else if (v >= edges[i + 1] && i !== bins - 1) i++;
    counts[i]++;
  }
}
