import { binRange, type Sketch } from '../../kernels/sketch.ts';
import { binsOf } from '../../methods/bins.ts';
import { codebookLevels } from '../../methods/levels.ts';
import { evaluatePlan } from '../../methods/plan.ts';
import type { LayerPlan } from '../../methods/types.ts';

/** Up to this many levels are drawn one by one (docs/LOOK.md). */
export const MAX_DRAWN = 64;
/** More distinct values than 8 bits can have are no levels. */
const MAX_LEVELS = 256;

/** A value that compressed weights can take, and how many do. */
export interface Level {
  x: number;
  count: number;
}

/** How many values one scale or codebook gives; undefined without a quantizer, and for float16. */
export function levelCount(plan: LayerPlan): number | undefined {
  const q = plan.quantizer;
  if (!q || q.kind === 'float16') return undefined;
  return q.kind === 'codebook' ? q.levels : q.qmax - q.qmin + 1;
}

/** The values that a plan leaves, where the whole tensor shares them. */
function valuesOf(plan: LayerPlan): ArrayLike<number> | undefined {
  const { quantizer: q, facts } = plan;
  if (!facts.sketch || plan.lost || !q || q.kind === 'float16' || q.granularity !== 'tensor') return undefined;
  if (q.kind === 'codebook') return codebookLevels(prunedBins(plan, facts.sketch), q.levels).levels;
  if (q.sign) {
    // One bit: ±mean |x| of what pruning leaves.
    const { count } = facts.sketch;
    const bins = prunedBins(plan, facts.sketch);
    let sum = 0;
    for (let i = 0; i < bins.count.length; i++) sum += (bins.count[i] * Math.abs(bins.low[i] + bins.high[i])) / 2;
    return [-sum / count, sum / count];
  }
  return Array.from({ length: q.qmax - q.qmin + 1 }, (_, i) => (q.qmin + i - q.zeroPoint) * q.scale + q.offset);
}

/** The bins without those that a threshold cuts, which join the zeros; a bin that the cut runs through goes as a whole. */
function prunedBins(plan: LayerPlan, sketch: Sketch) {
  const bins = binsOf(sketch);
  const threshold = plan.threshold ?? 0;
  let { zeros } = bins;
  const count = bins.count.map((n, i) => {
    if (Math.max(-bins.low[i], bins.high[i]) >= threshold) return n;
    zeros += n;
    return 0;
  });
  return { ...bins, count, zeros };
}

/** The levels a plan leaves and how often each is taken; undefined where channels or blocks have levels of their own. */
export function planLevels(plan: LayerPlan): Level[] | undefined {
  const values = valuesOf(plan);
  if (!values) return undefined;
  const xs = Array.from(new Set(Array.from(values))).sort((a, b) => a - b);
  // Every level is counted between the middles to its neighbours.
  const edges = [Number.NEGATIVE_INFINITY, ...xs.slice(1).map((x, i) => (x + xs[i]) / 2), Number.POSITIVE_INFINITY];
  const counts = evaluatePlan(plan, edges).after!;
  return xs.map((x, i) => ({ x, count: counts[i] }));
}

/** The levels of compressed values as they are; undefined when they are too many to be levels. */
export function sketchLevels(sketch: Sketch): Level[] | undefined {
  if (sketch.keys.length > MAX_LEVELS) return undefined;
  const levels: Level[] = [];
  sketch.keys.forEach((key, i) => {
    const [low, high] = binRange(key);
    // A bin that holds zeros holds nothing else a reader could tell from zero.
    const x = low <= 0 && high >= 0 ? 0 : (Math.max(low, sketch.min) + Math.min(high, sketch.max)) / 2;
    const last = levels[levels.length - 1];
    if (last && last.x === x) last.count += sketch.counts[i];
    else levels.push({ x, count: sketch.counts[i] });
  });
  return levels;
}

/**
 * Many levels as bins: each level's count is spread over its cell, half-way to its neighbours. Bins narrower than the steps would
 * show a comb that says nothing about the weights.
 */
export function levelsIntoBins(levels: readonly Level[], edges: ArrayLike<number>): Float64Array {
  const bins = edges.length - 1;
  const out = new Float64Array(bins);
  levels.forEach(({ x, count }, i) => {
    const left = i > 0 ? (x + levels[i - 1].x) / 2 : x;
    const right = i + 1 < levels.length ? (x + levels[i + 1].x) / 2 : x;
    const low = i > 0 ? left : x - (right - x);
    const high = i + 1 < levels.length ? right : x + (x - left);
    for (let j = 0; j < bins; j++) {
      if (!(high > low)) {
        if (x >= edges[j] && (x < edges[j + 1] || j === bins - 1)) {
          out[j] += count;
          break;
        }
        continue;
      }
      const overlap = Math.min(high, edges[j + 1]) - Math.max(low, edges[j]);
      if (overlap > 0) out[j] += (count * overlap) / (high - low);
    }
  });
  return out;
}

/** Bits that a weight takes at least when levels are coded one by one: −Σ p log₂ p. */
export function entropyOf(levels: readonly Level[]): number {
  const total = levels.reduce((n, l) => n + l.count, 0);
  let sum = 0;
  for (const { count } of levels) if (count > 0) sum -= (count / total) * Math.log2(count / total);
  return Math.abs(sum);
}
