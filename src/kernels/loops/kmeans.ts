/** Points on a line in strictly ascending order, with how often each occurs. */
export interface Points {
  readonly value: Float64Array;
  readonly weight: Float64Array;
}

export interface KMeansOptions {
  /** Makes 0 one of the levels, so that a pruned weight keeps its exact zeros. */
  pinZero?: boolean;
  /** Most points the optimum is computed over; by default 8 per level, at least 1024. */
  maxPoints?: number;
}

/**
 * The k levels of the least Σw(x − nearest level)², ascending. Optimal for the points it is given, by dynamic
 * programming (Wang & Song 2011, "Ckmeans.1d.dp", R Journal 3/2) with divide and conquer over the monotone split points;
 * so it needs no seed and no restarts. When fewer levels do, the last one is repeated up to k.
 */
export function kmeansPoints(points: Points, k: number, options: KMeansOptions = {}): Float32Array<ArrayBuffer> {
  const { value, weight } = points;
  const pinZero = options.pinZero ?? false;
  const levels = value.length === 0 ? [0] : optimalLevels(value, weight, k, pinZero).sort((a, b) => a - b);
  const table = new Float32Array(k).fill(levels[levels.length - 1]);
  table.set(levels);
  return table;
}

/** Sums over any stretch of points in constant time. */
class Stretches {
  private readonly w: Float64Array;
  private readonly wx: Float64Array;
  private readonly wxx: Float64Array;

  /** Sums are taken about the mean, so that a large one does not cost the spread its digits. */
  private readonly shift: number;

  constructor(value: Float64Array, weight: Float64Array) {
    const n = value.length;
    let total = 0;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      total += weight[i];
      sum += weight[i] * value[i];
    }
    this.shift = sum / total;
    this.w = new Float64Array(n + 1);
    this.wx = new Float64Array(n + 1);
    this.wxx = new Float64Array(n + 1);
    for (let i = 0; i < n; i++) {
      const x = value[i] - this.shift;
      this.w[i + 1] = this.w[i] + weight[i];
      this.wx[i + 1] = this.wx[i] + weight[i] * x;
      this.wxx[i + 1] = this.wxx[i] + weight[i] * x * x;
    }
  }
  mean(from: number, to: number): number {
    return this.shift + (this.wx[to] - this.wx[from]) / (this.w[to] - this.w[from]);
  }
  /** Σw(x − mean)² over points from … to−1. */
  spread(from: number, to: number): number {
    if (to <= from) return 0;
    const sum = this.wx[to] - this.wx[from];
    return Math.max(0, this.wxx[to] - this.wxx[from] - (sum * sum) / (this.w[to] - this.w[from]));
  }
  /** Σwx²: the cost of standing for the stretch with 0. */
  size(from: number, to: number): number {
    const { shift } = this;
    const sum = this.wx[to] - this.wx[from];
    return Math.max(0, this.wxx[to] - this.wxx[from] + shift * (2 * sum + shift * (this.w[to] - this.w[from])));
  }
}

/** One row of the table: the best cost of the first j points, and where its last cluster begins. */
interface Row {
  cost: Float64Array;
  start: Int32Array;
}

/** min over i ≤ j of before[i] + cost(i, j) for every j; the best i never falls as j grows, so halves narrow each other. */
function nextRow(before: Float64Array, cost: (from: number, to: number) => number): Row {
  const n = before.length - 1;
  const row: Row = { cost: new Float64Array(n + 1), start: new Int32Array(n + 1) };
  const solve = (lo: number, hi: number, first: number, last: number): void => {
    if (lo > hi) return;
    const j = (lo + hi) >> 1;
    let best = Number.POSITIVE_INFINITY;
    let at = first;
    for (let i = first; i <= Math.min(j, last); i++) {
      const c = before[i] + cost(i, j);
      if (c < best) {
        best = c;
        at = i;
      }
    }
    row.cost[j] = best;
    row.start[j] = at;
    solve(lo, j - 1, first, at);
    solve(j + 1, hi, at, last);
  };
  solve(0, n, 0, n);
  return row;
}

function optimalLevels(value: Float64Array, weight: Float64Array, k: number, pinZero: boolean): number[] {
  const n = value.length;
  const s = new Stretches(value, weight);
  const spread = (i: number, j: number) => s.spread(i, j);
  const size = (i: number, j: number) => s.size(i, j);
  const none = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  none[0] = 0;
  // free[c]: c ordinary clusters. pinned[c]: c clusters of which one stands at 0; `zero` tells whether the last one does.
  const free: Row[] = [{ cost: none, start: new Int32Array(n + 1) }];
  const pinned: (Row & { zero: Uint8Array })[] = [];
  const never = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  for (let c = 1; c <= k; c++) {
    if (pinZero) {
      const asZero = nextRow(free[c - 1].cost, size);
      const asAny = nextRow(pinned[c - 2]?.cost ?? never, spread);
      const zero = new Uint8Array(n + 1);
      const row: Row = asAny;
      for (let j = 0; j <= n; j++) {
        if (asZero.cost[j] > asAny.cost[j]) continue;
        zero[j] = 1;
        row.cost[j] = asZero.cost[j];
        row.start[j] = asZero.start[j];
      }
      pinned.push({ ...row, zero });
    }
    if (!pinZero || c < k) free.push(nextRow(free[c - 1].cost, spread));
  }
  const levels: number[] = [];
  let j = n;
  let withZero = pinZero;
  for (let c = k; c > 0; c--) {
    const row = withZero ? pinned[c - 1] : free[c];
    const i = row.start[j];
    if (withZero && pinned[c - 1].zero[j]) {
      levels.push(0);
      withZero = false;
    } else if (i < j) levels.push(s.mean(i, j));
    j = i;
  }
  return levels;
}
