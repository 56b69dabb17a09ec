import { binRange, type Sketch } from '../../kernels/sketch.ts';

/** Most bins of a histogram (docs/LOOK.md). */
export const MAX_BINS = 200;

/** Values and counts of all sketches together, by their bins. Sums of sketches are sums of bins. */
export interface Mass {
  /** Ascending bin keys. */
  keys: Uint16Array;
  counts: Float64Array;
  /** Finite elements. */
  total: number;
  min: number;
  max: number;
}

/** Adds sketches up. */
export function massOfAll(sketches: Iterable<Sketch>): Mass {
  const bins = new Float64Array(65536);
  let total = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const s of sketches) {
    for (let i = 0; i < s.keys.length; i++) bins[s.keys[i]] += s.counts[i];
    const finite = s.count - s.nan - s.inf;
    if (finite === 0) continue;
    total += finite;
    min = Math.min(min, s.min);
    max = Math.max(max, s.max);
  }
  const keys = Uint16Array.from(Array.from(bins.keys()).filter((k) => bins[k] > 0));
  return { keys, counts: Float64Array.from(keys, (k) => bins[k]), total, min: total ? min : 0, max: total ? max : 0 };
}

/** The value below which a share of the elements lies, linear inside its bin. */
export function quantileOf(mass: Mass, share: number): number {
  const rank = share * mass.total;
  let below = 0;
  for (let i = 0; i < mass.keys.length; i++) {
    const n = mass.counts[i];
    if (below + n >= rank && n > 0) {
      const [low, high] = binRange(mass.keys[i]);
      const from = Math.max(low, mass.min);
      const to = Math.min(high, mass.max);
      return from + ((rank - below) / n) * (to - from);
    }
    below += n;
  }
  return mass.max;
}

/**
 * Edges of the bins to draw: as wide as Freedman & Diaconis (1981) have them, 2·IQR·n^(−1/3), never more than `MAX_BINS`.
 * @param inner the share of the elements to draw, cut at both tails alike; 1 draws all
 */
export function histogramEdges(mass: Mass, inner = 1): Float64Array {
  if (mass.total === 0) return new Float64Array([0, 1]);
  let low = inner < 1 ? quantileOf(mass, (1 - inner) / 2) : mass.min;
  let high = inner < 1 ? quantileOf(mass, (1 + inner) / 2) : mass.max;
  if (!(high > low)) {
    // All equal: one bar with room at both sides.
    const room = Math.abs(low) / 2 || 1;
    low -= room;
    high += room;
  }
  const width = (2 * (quantileOf(mass, 0.75) - quantileOf(mass, 0.25))) / Math.cbrt(mass.total);
  const wanted = width > 0 ? Math.ceil((high - low) / width) : MAX_BINS;
  const bins = Math.min(MAX_BINS, Math.max(1, wanted));
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + ((high - low) * i) / bins));
}

/** What is over 0 of it. */
export function positive(mass: Mass): Mass {
  const from = mass.keys.findIndex((key) => binRange(key)[0] > 0);
  const keys = from < 0 ? mass.keys.slice(0, 0) : mass.keys.slice(from);
  const counts = from < 0 ? mass.counts.slice(0, 0) : mass.counts.slice(from);
  const total = counts.reduce((a, b) => a + b, 0);
  return { keys, counts, total, min: total ? binRange(keys[0])[0] : 0, max: total ? mass.max : 0 };
}

/**
 * Edges on a logarithmic axis, all over 0: as `histogramEdges`, by the logarithms of the values.
 * @param mass all over 0, and not empty
 * @param inner the share of the elements to draw, cut at the small end, where tails run over many powers of ten
 */
export function logEdges(mass: Mass, inner = 1): Float64Array {
  const ln = (share: number) => Math.log(quantileOf(mass, share));
  let low = inner < 1 ? ln(1 - inner) : Math.log(mass.min);
  let high = Math.log(mass.max);
  if (!(high - low > LEAST_RATIO)) {
    low -= 1;
    high += 1;
  }
  const width = (2 * (ln(0.75) - ln(0.25))) / Math.cbrt(mass.total);
  const wanted = width > 0 ? Math.ceil((high - low) / width) : MAX_BINS;
  const bins = Math.min(MAX_BINS, Math.max(1, wanted));
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => Math.exp(low + ((high - low) * i) / bins));
  // Logarithms round: the largest must not fall out for that.
  edges[bins] = Math.max(edges[bins], mass.max);
  return edges;
}

/** The logarithm of the ratio between two neighbouring bins of a sketch. */
const LEAST_RATIO = 0.01;

/** The share of the weights that is drawn when a few far values would squeeze all others. */
export const INNER = 0.9998;
/** How much wider than the middle 99.8 % the range may be before the middle alone is drawn. */
const FAR = 4;

/** Whether a few far values would squeeze all others into some bars: then the picture begins with the middle. */
export function hasFarTails(mass: Mass): boolean {
  const middle = quantileOf(mass, 0.999) - quantileOf(mass, 0.001);
  return middle > 0 && mass.max - mass.min > FAR * middle;
}

/** Counts of the elements between edges, spread evenly over each bin of the sketch. */
export function countInto(edges: ArrayLike<number>, mass: Mass): Float64Array {
  const bins = edges.length - 1;
  const out = new Float64Array(bins);
  let at = 0;
  for (let i = 0; i < mass.keys.length; i++) {
    const [a, b] = binRange(mass.keys[i]);
    const low = Math.max(a, mass.min);
    const high = Math.min(b, mass.max);
    const n = mass.counts[i];
    while (at < bins - 1 && edges[at + 1] <= low) at++;
    if (high < edges[0] || low > edges[bins]) continue;
    if (!(high > low) || high <= edges[at + 1]) {
      if (low >= edges[at] || high >= edges[at]) out[at] += n;
      continue;
    }
    for (let j = at; j < bins && edges[j] < high; j++) {
      const overlap = Math.min(high, edges[j + 1]) - Math.max(low, edges[j]);
      if (overlap > 0) out[j] += (n * overlap) / (high - low);
    }
  }
  return out;
}
