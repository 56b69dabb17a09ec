/** Rows are taken in blocks of this many, so that sums run over neighbours in memory. */
const BLOCK = 32;

/** Second moments of what a layer is given, and of that with what it should give: all that least squares needs of any number of rows. */
export class Moments {
  rows = 0;
  /** Σ x xᵀ, its upper triangle, and Σ y xᵀ. */
  private readonly gram: Float64Array;
  private readonly cross: Float64Array;
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private filled = 0;

  /**
   * @param inputs length of x
   * @param outputs length of y
   */
  constructor(
    readonly inputs: number,
    readonly outputs: number,
  ) {
    this.gram = new Float64Array(inputs * inputs);
    this.cross = new Float64Array(outputs * inputs);
    this.x = new Float64Array(inputs * BLOCK);
    this.y = new Float64Array(outputs * BLOCK);
  }

  /** Bytes that moments of this size take. */
  static bytes(inputs: number, outputs: number): number {
    return 8 * (inputs + BLOCK) * (inputs + outputs);
  }

  /** Adds a row: `x(i)` and `y(o)` give its elements. */
  add(x: (i: number) => number, y: (o: number) => number): void {
    const { filled } = this;
    for (let i = 0; i < this.inputs; i++) this.x[i * BLOCK + filled] = x(i);
    for (let o = 0; o < this.outputs; o++) this.y[o * BLOCK + filled] = y(o);
    this.rows++;
    if (++this.filled === BLOCK) this.flush();
  }

  private flush(): void {
    const { gram, cross, x, y, inputs, outputs, filled } = this;
    if (filled === 0) return;
    const dot = (a: Float64Array, i: number, b: Float64Array, j: number) => {
      let sum = 0;
      for (let k = 0, p = i * BLOCK, q = j * BLOCK; k < filled; k++) sum += a[p++] * b[q++];
      return sum;
    };
    for (let i = 0; i < inputs; i++) for (let j = i; j < inputs; j++) gram[i * inputs + j] += dot(x, i, x, j);
    for (let o = 0; o < outputs; o++) for (let j = 0; j < inputs; j++) cross[o * inputs + j] += dot(y, o, x, j);
    this.filled = 0;
  }

  /**
   * The weights nearest to `w` in the sense of ridge regression: argmin Σ |y − v x|² + λ |v − w|², where λ is `ridge` times the mean
   * of Σ x². Undefined when there are no rows, or numbers that are not finite.
   * @param w row-major, `outputs` rows of `inputs`
   */
  solve(w: Float64Array, ridge: number): Float64Array | undefined {
    this.flush();
    const { gram, cross, inputs: n, outputs } = this;
    let trace = 0;
    for (let i = 0; i < n; i++) trace += gram[i * n + i];
    const lambda = (ridge * trace) / n;
    if (!(lambda > 0) || !Number.isFinite(lambda)) return undefined;
    const lower = cholesky(gram, n, lambda);
    if (!lower) return undefined;
    const v = w.slice();
    const row = new Float64Array(n);
    for (let o = 0; o < outputs; o++) {
      for (let j = 0; j < n; j++) row[j] = cross[o * n + j];
      for (let i = 0; i < n; i++) {
        const wi = w[o * n + i];
        if (wi === 0) continue;
        for (let j = 0; j < n; j++) row[j] -= wi * (i <= j ? gram[i * n + j] : gram[j * n + i]);
      }
      solveBoth(lower, row, n);
      for (let j = 0; j < n; j++) v[o * n + j] += row[j];
    }
    return v.every(Number.isFinite) ? v : undefined;
  }
}

/** The lower factor L of A + λI = L Lᵀ, by its rows; A's upper triangle is read. Undefined when A is not positive enough. */
function cholesky(a: Float64Array, n: number, lambda: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[j * n + i] + (i === j ? lambda : 0);
      for (let k = 0, p = i * n, q = j * n; k < j; k++) sum -= l[p++] * l[q++];
      if (i > j) l[i * n + j] = sum / l[j * n + j];
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return l;
}

/** Solves L Lᵀ x = b in place. */
function solveBoth(l: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0, p = i * n; k < i; k++) sum -= l[p++] * b[k];
    b[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    b[i] /= l[i * n + i];
    const x = b[i];
    for (let k = 0, p = i * n; k < i; k++) b[k] -= l[p++] * x;
  }
}
