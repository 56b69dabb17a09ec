/** Eigenvalues in descending order, and their vectors of length 1, one a row. */
export interface Eigen {
  readonly values: Float64Array;
  /** n × n, row-major. */
  readonly vectors: Float64Array;
}

/** Sweeps that one eigenvalue may take; two or three are usual. */
const MAX_SWEEPS = 60;

/**
 * All eigenvalues and eigenvectors of a symmetric matrix, in float64: Householder reflections to tridiagonal form, then QL with
 * implicit shifts (Golub & Van Loan, Matrix Computations, §8.3.1 and §8.3.3; Bowdler et al. 1968, tql2). About 5 n³ multiplications,
 * all along rows. Only + − × ÷ and √, so that every device finds the same bits.
 * @param a n × n, row-major; only its lower triangle is read, and it is overwritten
 */
export function symmetricEigen(a: Float64Array, n: number): Eigen {
  const { diagonal, beside, reflections, factors } = tridiagonalize(a, n);
  const z = new Float64Array(n * n);
  for (let i = 0; i < n; i++) z[i * n + i] = 1;
  implicitQl(diagonal, beside, z, n);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[j] - diagonal[i] || i - j);
  const vectors = new Float64Array(n * n);
  order.forEach((from, k) => {
    const row = z.subarray(from * n, from * n + n);
    // Back through the reflections, the last first.
    for (let r = n - 3; r >= 0; r--) {
      const v = reflections.subarray(r * n, r * n + n);
      let dot = 0;
      for (let i = r + 1; i < n; i++) dot += v[i] * row[i];
      dot *= factors[r];
      if (dot !== 0) for (let i = r + 1; i < n; i++) row[i] -= dot * v[i];
    }
    vectors.set(row, k * n);
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors };
}

function tridiagonalize(a: Float64Array, n: number) {
  const reflections = new Float64Array(Math.max(0, n - 2) * n);
  const factors = new Float64Array(Math.max(0, n - 2));
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    const v = reflections.subarray(k * n, k * n + n);
    let size = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k];
      size = Math.max(size, Math.abs(v[i]));
    }
    diagonal[k] = a[k * n + k];
    let rest = 0;
    // Scaled, so that no square is lost or overflows.
    for (let i = k + 1; i < n && size > 0; i++) rest += (v[i] / size) * (v[i] / size);
    const norm = size * Math.sqrt(rest);
    const sign = v[k + 1] < 0 ? -1 : 1;
    beside[k] = -sign * norm;
    if (norm === 0) continue;
    for (let i = k + 1; i < n; i++) v[i] /= norm;
    v[k + 1] += sign;
    // v·v = 2 (1 + |x₁|/‖x‖), so that 2/(v·v) is:
    const factor = 1 / Math.abs(v[k + 1]);
    factors[k] = factor;
    p.fill(0, k + 1);
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i];
      let sum = a[row + i] * vi;
      for (let j = k + 1; j < i; j++) {
        sum += a[row + j] * v[j];
        p[j] += a[row + j] * vi;
      }
      p[i] += sum;
    }
    let dot = 0;
    for (let i = k + 1; i < n; i++) {
      p[i] *= factor;
      dot += p[i] * v[i];
    }
    const half = (dot * factor) / 2;
    for (let i = k + 1; i < n; i++) p[i] -= half * v[i];
    for (let i = k + 1; i < n; i++) {
      const row = i * n;
      const vi = v[i];
      const pi = p[i];
      for (let j = k + 1; j <= i; j++) a[row + j] -= vi * p[j] + pi * v[j];
    }
  }
  for (let i = Math.max(0, n - 2); i < n; i++) diagonal[i] = a[i * n + i];
  if (n > 1) beside[n - 2] = a[(n - 1) * n + n - 2];
  return { diagonal, beside, reflections, factors };
}

/** Leaves the eigenvalues in `d` and their vectors, in the basis of the tridiagonal matrix, in the rows of `z`. */
function implicitQl(d: Float64Array, e: Float64Array, z: Float64Array, n: number): void {
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (sweep === MAX_SWEEPS) throw new Error('eigenvalues do not converge');
      let g = (d[l + 1] - d[l]) / (2 * e[l]);
      let r = length(g, 1);
      g = d[m] - d[l] + e[l] / (g + (g < 0 ? -r : r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i];
        const b = c * e[i];
        r = length(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1] -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(z, i * n, n, s, c);
      }
      if (r === 0 && i >= l) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** √(a² + b²) without overflow. */
function length(a: number, b: number): number {
  const x = Math.abs(a);
  const y = Math.abs(b);
  const large = Math.max(x, y);
  if (large === 0) return 0;
  const ratio = Math.min(x, y) / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

function rotate(z: Float64Array, at: number, n: number, s: number, c: number): void {
  const next = at + n;
  for (let k = 0; k < n; k++) {
    const f = z[next + k];
    const h = z[at + k];
    z[next + k] = s * h + c * f;
    z[at + k] = c * h - s * f;
  }
}
