import { symmetricEigen } from './eigen.ts';

/** A matrix of rank r as left (rows × r) times right (r × columns), row-major. */
export interface Factors {
  readonly left: Float32Array<ArrayBuffer>;
  readonly right: Float32Array<ArrayBuffer>;
}

/**
 * A matrix as its singular values and what its best approximations are made of (Eckart & Young 1936), from the eigenvectors
 * of its Gram matrix over the shorter side. In float64: singular values are good to 1e-8 of the largest, and where they are more than
 * 1e-5 of it to 1e-10, which float32 weights cannot tell apart.
 */
export class Svd {
  /** In descending order, as many as the shorter side is long. */
  readonly values: Float64Array;
  /** Σ of all squares. */
  readonly energy: number;
  private readonly vectors: Float64Array;
  /** The shorter side runs along the rows of this copy. */
  private readonly wide: Float64Array;
  private readonly short: number;
  private readonly long: number;

  /** @param w rows × columns, row-major, all finite */
  constructor(
    w: Float32Array,
    private readonly rows: number,
    private readonly columns: number,
  ) {
    this.short = Math.min(rows, columns);
    this.long = Math.max(rows, columns);
    this.wide = rows <= columns ? Float64Array.from(w) : transposed(w, rows, columns);
    const { values, vectors } = symmetricEigen(gram(this.wide, this.short, this.long), this.short);
    this.vectors = vectors;
    this.values = values.map((v) => Math.sqrt(Math.max(0, v)));
    this.energy = this.values.reduce((sum, s) => sum + s * s, 0);
  }

  /** The best approximation of this rank; its factors share the singular values evenly, as square roots. */
  factors(rank: number): Factors {
    const { short, long, vectors, wide, rows, columns } = this;
    const projected = multiply(vectors, wide, rank, short, long);
    const left = new Float32Array(rows * rank);
    const right = new Float32Array(rank * columns);
    for (let k = 0; k < rank; k++) {
      let square = 0;
      for (let j = 0; j < long; j++) square += projected[k * long + j] ** 2;
      const root = Math.sqrt(Math.sqrt(square));
      const along = (j: number) => (root === 0 ? 0 : projected[k * long + j] / root);
      const across = (i: number) => vectors[k * short + i] * root;
      const [onLeft, onRight] = rows <= columns ? [across, along] : [along, across];
      for (let i = 0; i < rows; i++) left[i * rank + k] = onLeft(i);
      for (let j = 0; j < columns; j++) right[k * columns + j] = onRight(j);
    }
    return { left, right };
  }
}

function transposed(w: Float32Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(w.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = w[i * columns + j];
  return out;
}

/** The lower triangle of x xᵀ, four rows at once so that each is read from memory a quarter as often. */
function gram(x: Float64Array, n: number, length: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i += 4) {
    const last = Math.min(n - 1, i + 3);
    const [a, b, c, d] = [0, 1, 2, 3].map((k) => Math.min(n - 1, i + k) * length);
    for (let j = 0; j <= last; j++) {
      const at = j * length;
      let [s, t, u, v] = [0, 0, 0, 0];
      for (let k = 0; k < length; k++) {
        const y = x[at + k];
        s += x[a + k] * y;
        t += x[b + k] * y;
        u += x[c + k] * y;
        v += x[d + k] * y;
      }
      out[i * n + j] = s;
      if (i + 1 < n) out[(i + 1) * n + j] = t;
      if (i + 2 < n) out[(i + 2) * n + j] = u;
      if (i + 3 < n) out[(i + 3) * n + j] = v;
    }
  }
  return out;
}

/** a (m × n) times b (n × p), four terms of a sum at once. */
function multiply(a: Float64Array, b: Float64Array, m: number, n: number, p: number): Float64Array {
  const out = new Float64Array(m * p);
  for (let i = 0; i < m; i++) {
    const to = i * p;
    let k = 0;
    for (; k + 3 < n; k += 4) {
      const [w, x, y, z] = [a[i * n + k], a[i * n + k + 1], a[i * n + k + 2], a[i * n + k + 3]];
      const from = k * p;
      for (let j = 0; j < p; j++) {
        out[to + j] += w * b[from + j] + x * b[from + p + j] + y * b[from + 2 * p + j] + z * b[from + 3 * p + j];
      }
    }
    for (; k < n; k++) for (let j = 0; j < p; j++) out[to + j] += a[i * n + k] * b[k * p + j];
  }
  return out;
}
