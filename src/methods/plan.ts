import type { Sketch } from '../kernels/sketch.ts';
import { type Bins, binsOf, massOf, meanSquare } from './bins.ts';
import { codebookLevels } from './levels.ts';
import { countBelow } from './magnitudes.ts';
import { exact, half, nearest, type Rounding, uniform } from './noise.ts';
import { blockRatio, type Part, partsOf } from './parts.ts';
import type { LayerPlan, Quantizer } from './types.ts';

/** What a plan does to a weight, foretold from its sketch. What cannot be is NaN. */
export interface PlanEffect {
  /** 10·log10(Σx² / Σ(x − x̂)²) in dB; Infinity when nothing changes. */
  sqnr: number;
  /** Σx² and Σ(x − x̂)², to be added up over layers. */
  signal: number;
  noise: number;
  /** Elements that will be zero. */
  zeros: number;
  /** How many elements lie between the edges asked for, before and after. */
  before?: Float64Array;
  after?: Float64Array;
}

/** Whether a plan does anything to the values. */
export function isChanged(plan: LayerPlan): boolean {
  return (
    plan.quantizer !== undefined || plan.pattern !== undefined || plan.lost !== undefined || (plan.threshold ?? 0) > 0
  );
}

/**
 * Evaluates a plan without touching a weight. Error is integrated over the sketch's bins as if values were spread evenly
 * inside each. Good to 1 dB for a scale per tensor from 3 bits up, to 2 dB for finer ones.
 * @param edges ascending; counts are asked for between neighbours
 */
export function evaluatePlan(plan: LayerPlan, edges?: ArrayLike<number>): PlanEffect {
  const sketch = plan.facts.sketch;
  if (!sketch) return { sqnr: Number.POSITIVE_INFINITY, signal: 0, noise: 0, zeros: 0 };
  const { quantizer } = plan;
  if (plan.lost) {
    // What is quantized besides rounds more to zero, and what of it had fallen nobody knows.
    const zeros = quantizer && quantizer.kind !== 'float16' ? Number.NaN : plan.lost.zeros;
    return { sqnr: Number.NaN, signal: signalOf(sketch), noise: Number.NaN, zeros };
  }
  const fine = quantizer && quantizer.kind !== 'float16' && quantizer.granularity !== 'tensor';
  const parts: readonly Part[] = fine
    ? partsOf(sketch)
    : [{ bins: binsOf(sketch), absolute: 1, width: 1, span: 1, length: sketch.count, channels: 1 }];
  const signal = signalOf(sketch);
  const fall = plan.pattern ? patternLoss(sketch, plan.pattern) : undefined;
  const counts = edges && { before: new Counter(edges), after: new Counter(edges) };
  let noise = 0;
  let zeros = 0;
  for (const part of parts) {
    const kept = prune(part.bins, plan.threshold ?? 0, fall, counts?.before);
    noise += kept.noise;
    const step = quantizer ? roundingOf(quantizer, part, kept.bins, sketch) : { rounding: exact, gain: 1, extra: 0 };
    const { rounding } = step;
    const own = rounding.measure(kept.bins);
    noise += own.noise * step.gain + step.extra;
    zeros += own.zeros;
    if (counts) {
      const add = (n: number) => (a: number, b: number, share: number) => counts.after.add(a, b, n * share);
      const { low, high, count } = kept.bins;
      rounding.spread(0, 0, add(kept.bins.zeros));
      for (let i = 0; i < count.length; i++) rounding.spread(low[i], high[i], add(count[i]));
    }
  }
  // Without a quantizer the exact zeros that were there are known to the element.
  const sqnr = noise <= signal * 1e-15 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
  return { sqnr, signal, noise, zeros, ...(counts && { before: counts.before.counts, after: counts.after.counts }) };
}

/** Σx² of the finite elements. */
const signalOf = ({ count, nan, inf, mean, std }: Sketch) => (count - nan - inf) * (mean ** 2 + std ** 2);

/** Bins without what falls away, which joins the zeros; its Σx² is noise. */
function prune(
  bins: Bins,
  threshold: number,
  fall: ((low: number, high: number) => number) | undefined,
  before: Counter | undefined,
): { bins: Bins; noise: number } {
  before?.add(0, 0, bins.zeros);
  if (before) for (let i = 0; i < bins.count.length; i++) before.add(bins.low[i], bins.high[i], bins.count[i]);
  if (threshold === 0 && !fall) return { bins, noise: 0 };
  const size = bins.count.length;
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  const count = new Float64Array(size);
  let kept = 0;
  let { zeros } = bins;
  let noise = 0;
  for (let i = 0; i < size; i++) {
    let a = bins.low[i];
    let b = bins.high[i];
    let n = bins.count[i];
    if (b < threshold && a > -threshold) {
      noise += n * meanSquare(a, b);
      zeros += n;
      continue;
    }
    if (a < threshold && b > -threshold && b > a) {
      // The cut runs through this bin: the outer piece stays. No bin holds both signs.
      const cut = a >= 0 ? threshold : -threshold;
      const gone = (n * (a >= 0 ? cut - a : b - cut)) / (b - a);
      noise += gone * (a >= 0 ? meanSquare(a, cut) : meanSquare(cut, b));
      if (a >= 0) a = cut;
      else b = cut;
      n -= gone;
      zeros += gone;
    }
    if (fall) {
      const lost = n * fall(a, b);
      noise += lost * meanSquare(a, b);
      n -= lost;
      zeros += lost;
    }
    low[kept] = a;
    high[kept] = b;
    count[kept++] = n;
  }
  const left = (x: Float64Array) => x.subarray(0, kept);
  return { bins: { low: left(low), high: left(high), count: left(count), zeros }, noise };
}

/**
 * How likely a value falls away in an N:M pattern: when n or more of the m − 1 others of its group are larger, each
 * independently with the share of the tensor that is. The mean over a bin by Simpson's rule.
 */
function patternLoss(sketch: Sketch, { n, m }: { n: number; m: number }): (low: number, high: number) => number {
  const loss = (x: number) => {
    const larger = 1 - countBelow(sketch, Math.abs(x)) / sketch.count;
    let kept = 0;
    let ways = 1;
    for (let k = 0; k < n; k++) {
      kept += ways * larger ** k * (1 - larger) ** (m - 1 - k);
      ways = (ways * (m - 1 - k)) / (k + 1);
    }
    return 1 - Math.min(1, kept);
  };
  return (low, high) => (loss(low) + 4 * loss((low + high) / 2) + loss(high)) / 6;
}

const middle = (low: number, high: number) => Math.abs(low + high) / 2;

/** A quantizer at the scale that a part's channels or blocks have, and what no bin can tell. */
function roundingOf(
  q: Quantizer,
  part: Part,
  bins: Bins,
  sketch: Sketch,
): { rounding: Rounding; gain: number; extra: number } {
  if (q.kind === 'float16') return { rounding: half, gain: 1, extra: 0 };
  if (q.kind === 'codebook') {
    const tables = q.granularity === 'channel' ? part.channels : 1;
    const { levels, mass } = codebookLevels(bins, q.levels);
    return {
      rounding: nearest(
        levels,
        mass.map((m) => fitted(m / tables)),
      ),
      gain: 1,
      extra: 0,
    };
  }
  if (q.sign) {
    let sum = 0;
    for (let i = 0; i < bins.count.length; i++) sum += bins.count[i] * middle(bins.low[i], bins.high[i]);
    const alpha = sum / massOf(bins);
    return { rounding: uniform(2 * alpha, -alpha, 0, 1), gain: 1, extra: 0 };
  }
  const first = q.qmin - q.zeroPoint;
  const last = q.qmax - q.zeroPoint;
  if (q.granularity === 'tensor') return { rounding: uniform(q.scale, q.offset, first, last), gain: 1, extra: 0 };
  const by = q.stepped ? 'span' : first === -last ? 'absolute' : 'width';
  const block = q.granularity === 'block';
  const scale = q.scale * (block ? blockRatio(part.bins, q.block, by, sketch) : part[by]);
  const length = Math.min(part.length, block ? q.block : part.length);
  // Offsets differ by channel, so that levels lie anywhere: the error is a step's own variance, but for each channel's
  // smallest, which is met, and its largest, which is a step away from the last level.
  if (q.stepped) {
    const extra = (massOf(bins) * scale * scale * (1 + 10 / length)) / 12;
    return { rounding: exact, gain: 0, extra };
  }
  // What bounds a range is met by a level; what nothing clips has no last level.
  const clipped = q.clip < 1;
  const rounding = clipped ? uniform(scale, 0, first, last) : uniform(scale, 0, -Infinity, Infinity);
  return { rounding, gain: clipped ? 1 : 1 - 1 / length, extra: 0 };
}

/**
 * How much less the error of a codebook's level is than the density says, when it was fitted to the very `m` values that it
 * stands for: about three degrees of freedom go to its mean and its borders, and with two values or fewer a level meets them.
 * An empirical law, good to 1 dB from 5 values per level up.
 */
function fitted(m: number): number {
  return m <= 2 ? 0 : (1 - 2 / m) ** 1.5;
}

/** Counts between edges; values are spread evenly over the stretch they lie in. */
class Counter {
  readonly counts: Float64Array;

  constructor(private readonly edges: ArrayLike<number>) {
    this.counts = new Float64Array(Math.max(0, edges.length - 1));
  }

  add(low: number, high: number, n: number): void {
    const { edges, counts } = this;
    let i = 0;
    for (let end = counts.length; i < end; ) {
      const m = (i + end) >> 1;
      if (edges[m + 1] <= low) i = m + 1;
      else end = m;
    }
    // The last edge belongs to the last count.
    if (i === counts.length && low === edges[i]) i--;
    if (!(high > low)) {
      if (i < counts.length && low >= edges[i]) counts[i] += n;
      return;
    }
    for (; i < counts.length && edges[i] < high; i++) {
      const overlap = Math.min(high, edges[i + 1]) - Math.max(low, edges[i]);
      if (overlap > 0) counts[i] += (n * overlap) / (high - low);
    }
  }
}
