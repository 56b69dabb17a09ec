import type { Bins } from './bins.ts';

/** Rounds of Lloyd's algorithm after the start by density, which is nearly the optimum already. */
const ROUNDS = 6;
/** Rounds in which the cap on an outlier's share settles. */
const CAPS = 4;

export interface Levels {
  /** Ascending, at most as many as asked for. */
  levels: Float64Array;
  /** The elements that each stood for in the last round. */
  mass: Float64Array;
}

const cache = new WeakMap<Bins, Map<number, Levels>>();

/** The levels for these bins, remembered as long as the bins are. */
export function codebookLevels(bins: Bins, k: number): Levels {
  const known = cache.get(bins) ?? new Map<number, Levels>();
  cache.set(bins, known);
  const levels = known.get(k) ?? fitLevels(bins, k);
  known.set(k, levels);
  return levels;
}

/**
 * About the levels that k-means finds, quick enough for a frame: they lie with density p^(1/3) (Panter & Dite 1951), then move
 * to the means of their cells (Lloyd 1982). Zeros that fill a level's share have a level.
 */
function fitLevels(bins: Bins, k: number): Levels {
  const { low, high, count, zeros } = bins;
  const cells = count.length;
  let elements = zeros;
  let total = 0;
  const share = new Float64Array(cells);
  for (let i = 0; i < cells; i++) {
    elements += count[i];
    // The room to the neighbours, not the bin's own width, so that outliers get their levels too.
    const room = Math.max(high[i] - low[i], (low[Math.min(i + 1, cells - 1)] - high[Math.max(i - 1, 0)]) / 2);
    share[i] = Math.cbrt(count[i] * room ** 2);
    total += share[i];
  }
  const pinned = zeros > 0 && zeros * k >= elements;
  const free = pinned ? k - 1 : k;
  // More than one level is wasted on what a bin cannot split: an outlier's share beyond that goes to the others.
  for (let round = 0; round < CAPS; round++) {
    const most = total / free;
    total = 0;
    for (let i = 0; i < cells; i++) {
      if (count[i] < 2) share[i] = Math.min(share[i], most);
      total += share[i];
    }
  }
  let levels: number[] = [];
  let seen = 0;
  for (let i = 0, next = 0; i < cells && next < free; i++) {
    for (; next < free && ((next + 0.5) * total) / free <= seen + share[i]; next++) {
      const part = share[i] > 0 ? (((next + 0.5) * total) / free - seen) / share[i] : 0.5;
      levels.push(low[i] + part * (high[i] - low[i]));
    }
    seen += share[i];
  }
  if (pinned || levels.length === 0) levels.push(0);
  levels.sort((a, b) => a - b);
  let mass = new Float64Array(levels.length);
  for (let round = 0; round < ROUNDS; round++) ({ levels, mass } = lloyd(bins, levels, pinned));
  return { levels: Float64Array.from(levels), mass };
}

function lloyd(
  { low, high, count, zeros }: Bins,
  levels: number[],
  pinned: boolean,
): { levels: number[]; mass: Float64Array<ArrayBuffer> } {
  const k = levels.length;
  const sum = new Float64Array(k);
  const mass = new Float64Array(k);
  const border = (i: number) => (i + 1 < k ? (levels[i] + levels[i + 1]) / 2 : Number.POSITIVE_INFINITY);
  let level = 0;
  for (let i = 0; i < count.length; i++) {
    let from = low[i];
    const width = high[i] - low[i];
    while (from >= border(level) && level + 1 < k) level++;
    if (width <= 0) {
      sum[level] += count[i] * from;
      mass[level] += count[i];
      continue;
    }
    for (;;) {
      const to = Math.min(high[i], border(level));
      const n = (count[i] * (to - from)) / width;
      sum[level] += (n * (from + to)) / 2;
      mass[level] += n;
      if (to >= high[i]) break;
      from = to;
      level++;
    }
  }
  if (zeros > 0) {
    let i = 0;
    while (border(i) < 0) i++;
    mass[i] += zeros;
  }
  const moved = levels.map((l, i) => ((pinned && l === 0) || mass[i] === 0 ? l : sum[i] / mass[i]));
  return { levels: moved, mass };
}
