import type { Sketch } from '../kernels/sketch.ts';
import { type Bins, binsOf } from './bins.ts';

/**
 * How many elements are of smaller magnitude than x, as a polyline through (edges, below): as steep as the bins are full. Two equal edges
 * are a jump, where many elements share one magnitude: none of them is smaller than that.
 */
interface Curve {
  readonly edges: Float64Array;
  readonly below: Float64Array;
}

const cache = new WeakMap<Sketch, Curve>();

function curveOf(sketch: Sketch): Curve {
  let curve = cache.get(sketch);
  if (!curve) {
    curve = makeCurve(binsOf(sketch));
    cache.set(sketch, curve);
  }
  return curve;
}

/** The bins of one sign, by magnitude. */
interface Side {
  readonly low: (i: number) => number;
  readonly high: (i: number) => number;
  readonly count: (i: number) => number;
  readonly length: number;
}

/**
 * Adds up the bins of both signs. They are visited together in the order of their edges; between two neighbouring edges lies a share of
 * one bin of each sign at most, since the bins of a sign do not overlap.
 */
function makeCurve({ low, high, count, zeros }: Bins): Curve {
  const negatives = lowerBound(low, 0);
  const up: Side = {
    low: (i) => low[negatives + i],
    high: (i) => high[negatives + i],
    count: (i) => count[negatives + i],
    length: low.length - negatives,
  };
  const down: Side = {
    low: (i) => -high[negatives - 1 - i],
    high: (i) => -low[negatives - 1 - i],
    count: (i) => count[negatives - 1 - i],
    length: negatives,
  };
  // Each bin adds two edges at most, and a jump two more points than that.
  const edges = new Float64Array(4 * low.length + 1);
  const below = new Float64Array(4 * low.length + 1);
  let n = zeros;
  let size = 0;
  const push = (edge: number) => {
    if (size > 0 && edges[size - 1] === edge && below[size - 1] === n) return;
    edges[size] = edge;
    below[size++] = n;
  };
  let at = 0;
  push(0);
  for (let i = 0, k = 0; i < up.length || k < down.length; ) {
    const next = Math.min(nextEdge(up, i, at), nextEdge(down, k, at));
    n += shareOf(up, i, at, next) + shareOf(down, k, at, next);
    push(next);
    at = next;
    // Bins without width are one magnitude that many elements share.
    for (; i < up.length && up.high(i) <= at; i++) if (up.low(i) === up.high(i)) n += up.count(i);
    for (; k < down.length && down.high(k) <= at; k++) if (down.low(k) === down.high(k)) n += down.count(k);
    push(at);
  }
  return { edges: edges.slice(0, size), below: below.slice(0, size) };
}

/** The first edge of a side's bin `i` beyond `at`; of what lies at `at` itself, that edge. */
function nextEdge(side: Side, i: number, at: number): number {
  if (i >= side.length) return Number.POSITIVE_INFINITY;
  return side.low(i) > at ? side.low(i) : side.high(i);
}

/** Elements of a side's bin `i` between two neighbouring edges. */
function shareOf(side: Side, i: number, from: number, to: number): number {
  if (i >= side.length || side.low(i) > from || to <= from) return 0;
  return (side.count(i) * (to - from)) / (side.high(i) - side.low(i));
}

/** The first place among ascending numbers of one that is at least `x`. */
function lowerBound(values: Float64Array, x: number): number {
  let i = 0;
  for (let end = values.length; i < end; ) {
    const m = (i + end) >> 1;
    if (values[m] < x) i = m + 1;
    else end = m;
  }
  return i;
}

function valueAt({ edges, below }: Curve, x: number): number {
  const i = lowerBound(edges, x);
  if (i === edges.length) return below[i - 1];
  if (i === 0) return below[0];
  return below[i - 1] + ((below[i] - below[i - 1]) * (x - edges[i - 1])) / (edges[i] - edges[i - 1]);
}

/** How many elements are of smaller magnitude than `threshold`, by the sketch; exact zeros always are. */
export function countBelow(sketch: Sketch, threshold: number): number {
  return valueAt(curveOf(sketch), threshold);
}

const view = new DataView(new ArrayBuffer(4));

/** A positive float32 by its bits, which are in the order of the numbers. */
function floatOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

function bitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** The least whole number from `low` to `high` that passes, where all after it do and `high` does. */
function least(low: number, high: number, passes: (n: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A sketch, and the magnitude below which its elements have fallen already. */
export interface Part {
  readonly sketch: Sketch;
  readonly floor: number;
}

/** Sixteen slots to an octave, as the bins have: 4,096 for all positive float32. */
const SLOT_BITS = 19;
const SLOTS = 0x7f800000 >>> SLOT_BITS;

/**
 * The curves of many sketches added up at the ends of slots, so that a threshold costs a search among slots and one look at each curve, not
 * a look at each curve for every step of a bisection. Made once for a pool, used while a slider moves.
 */
class Pool {
  private readonly below = new Float64Array(SLOTS + 1);
  private readonly curves: readonly Curve[];
  private readonly gone: Float64Array;
  private readonly total: number;
  /** What has been found of the slots that thresholds came to lie in. */
  private readonly slots = new Map<number, (x: number) => number>();

  constructor(readonly parts: readonly Part[]) {
    this.curves = parts.map((p) => curveOf(p.sketch));
    this.gone = Float64Array.from(parts, ({ floor }, i) => valueAt(this.curves[i], floor));
    this.total = parts.reduce((n, p) => n + p.sketch.count, 0);
    const { below } = this;
    parts.forEach(({ floor }, part) => {
      const { edges, below: own } = this.curves[part];
      for (let i = 1; i < edges.length; i++) {
        const mass = own[i] - own[i - 1];
        if (mass <= 0 || edges[i] <= floor) continue;
        const width = edges[i] - edges[i - 1];
        const low = Math.max(edges[i - 1], floor);
        for (let slot = bitsOf(low) >>> SLOT_BITS; slot < SLOTS; slot++) {
          const [start, end] = [ENDS[slot], ENDS[slot + 1]];
          if (width === 0) {
            // What shares the magnitude that a slot begins with is not below it, but below what comes next.
            below[slot + 1] += mass;
            break;
          }
          below[slot + 1] += (mass * (Math.min(edges[i], end) - Math.max(low, start))) / width;
          if (edges[i] <= end) break;
        }
      }
    });
    below[0] = this.gone.reduce((n, g) => n + g, 0);
    for (let slot = 1; slot <= SLOTS; slot++) below[slot] += below[slot - 1];
  }

  /** Whether it is of these very parts. */
  isOf(parts: readonly Part[]): boolean {
    const { length } = parts;
    if (this.parts.length !== length) return false;
    for (let i = 0; i < length; i++) {
      if (this.parts[i].sketch !== parts[i].sketch || this.parts[i].floor !== parts[i].floor) return false;
    }
    return true;
  }

  threshold(k: number): number {
    if (k >= this.total) return Number.POSITIVE_INFINITY;
    const end = lowerBound(this.below, k);
    if (end === 0) return 0;
    const slot = Math.min(end, SLOTS) - 1;
    const below = this.inSlot(slot);
    return floatOf(least(slot << SLOT_BITS, (slot + 1) << SLOT_BITS, (bits) => below(floatOf(bits)) >= k));
  }

  countBelow(x: number): number {
    return x > 0 ? this.inSlot(Math.min(bitsOf(x) >>> SLOT_BITS, SLOTS - 1))(x) : this.below[0];
  }

  private inSlot(slot: number): (x: number) => number {
    let count = this.slots.get(slot);
    if (!count) {
      count = this.within(slot);
      this.slots.set(slot, count);
    }
    return count;
  }

  /** How many elements lie below a magnitude of this slot. */
  private within(slot: number): (x: number) => number {
    const [start, end] = [ENDS[slot], ENDS[slot + 1]];
    // Most curves go straight through; of the others the pieces are kept.
    let straight = 0;
    const pieces: number[] = [];
    const { curves, parts } = this;
    for (let part = 0; part < curves.length; part++) {
      const { floor } = parts[part];
      if (floor >= end) continue;
      const { edges, below } = curves[part];
      let i = lowerBound(edges, end);
      // A jump where the slot begins is met just after it.
      const bent = edges[i - 1] > start || edges[i - 2] === start || floor > start;
      if (!bent) {
        if (i < edges.length) straight += ((below[i] - below[i - 1]) * (end - start)) / (edges[i] - edges[i - 1]);
        continue;
      }
      for (i = Math.min(i, edges.length - 1); i > 0 && edges[i] >= start; i--) {
        const [low, high] = [Math.max(edges[i - 1], start, floor), Math.min(edges[i], end)];
        const [width, mass] = [edges[i] - edges[i - 1], below[i] - below[i - 1]];
        if (mass > 0 && (width === 0 ? high > floor : high > low)) {
          pieces.push(low, high, width === 0 ? mass : (mass * (high - low)) / width);
        }
      }
    }
    const bent = Float64Array.from(pieces);
    const base = this.below[slot];
    return (x) => {
      let n = base + (straight * (x - start)) / (end - start);
      for (let i = 0; i < bent.length; i += 3) {
        const low = bent[i];
        const high = bent[i + 1];
        if (x > high) n += bent[i + 2];
        else if (x > low) n += (bent[i + 2] * (x - low)) / (high - low);
      }
      return n;
    };
  }
}

const ENDS = Float64Array.from({ length: SLOTS + 1 }, (_, slot) => floatOf(slot << SLOT_BITS));

/** Pools that were asked lately: the forecast's and the slider's, of a step or two. */
const KEPT = 4;
let pools: Pool[] = [];

function poolOf(parts: readonly Part[]): Pool {
  const known = pools.find((p) => p.isOf(parts));
  if (known && pools[0] === known) return known;
  const pool = known ?? new Pool([...parts]);
  pools = [pool, ...pools.filter((p) => p !== pool)].slice(0, KEPT);
  return pool;
}

/**
 * The least float32 threshold below which `k` elements of all the sketches lie; Infinity when that is all of them. Elements below a
 * sketch's own `floor` have fallen already.
 */
export function thresholdFor(parts: readonly Part[], k: number): number {
  if (parts.length === 1) return thresholdOf(parts[0], k);
  return poolOf(parts).threshold(k);
}

/** How many elements of all the sketches are of smaller magnitude than `threshold`, or have fallen already. */
export function countBelowAll(parts: readonly Part[], threshold: number): number {
  return poolOf(parts).countBelow(threshold);
}

/** The threshold of one sketch: where its own curve reaches `k`. */
function thresholdOf({ sketch, floor }: Part, k: number): number {
  if (k >= sketch.count) return Number.POSITIVE_INFINITY;
  const curve = curveOf(sketch);
  const { edges, below } = curve;
  const i = lowerBound(below, k);
  if (i === 0 || valueAt(curve, floor) >= k) return 0;
  if (i === below.length) return Number.POSITIVE_INFINITY;
  const share = (k - below[i - 1]) / (below[i] - below[i - 1]);
  const found = Math.fround(edges[i - 1] + share * (edges[i] - edges[i - 1]));
  return valueAt(curve, found) >= k ? found : floatOf(bitsOf(found) + 1);
}
