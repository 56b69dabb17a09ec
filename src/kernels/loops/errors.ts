/** What two tensors of one length differ by, as float64 sums that can be added up over pieces. */
export interface ErrorSums {
  count: number;
  /** Σx² */
  signal: number;
  /** Σ(x − y)² */
  noise: number;
  /** Σy² */
  output: number;
  /** Σxy */
  dot: number;
  /** max |x − y| */
  maxAbs: number;
}

/** Sums over nothing. */
export function noErrors(): ErrorSums {
  return { count: 0, signal: 0, noise: 0, output: 0, dot: 0, maxAbs: 0 };
}

/** Sums of two pieces as one. */
export function addErrors(a: ErrorSums, b: ErrorSums): ErrorSums {
  return {
    count: a.count + b.count,
    signal: a.signal + b.signal,
    noise: a.noise + b.noise,
    output: a.output + b.output,
    dot: a.dot + b.dot,
    maxAbs: Math.max(a.maxAbs, b.maxAbs),
  };
}

/** 10·log10(Σx² / Σ(x−y)²) in dB; Infinity when they are equal. */
export function sqnrOf(e: Pick<ErrorSums, 'signal' | 'noise'>): number {
  return e.noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(e.signal / e.noise);
}

/**
 * Error sums of x against y, all arithmetic in float64. NaN or Inf in either shows up as a NaN in the sums.
 * @throws Error when the lengths differ
 */
export function errorSums(x: Float32Array, y: Float32Array): ErrorSums {
  if (x.length !== y.length) throw new Error(`${x.length} elements against ${y.length}`);
  let signal = 0;
  let noise = 0;
  let output = 0;
  let dot = 0;
  let maxAbs = 0;
  for (let i = 0; i < x.length; i++) {
    const a = x[i];
    const b = y[i];
    const d = a - b;
    signal += a * a;
    noise += d * d;
    output += b * b;
    dot += a * b;
    const m = Math.abs(d);
    if (m > maxAbs) maxAbs = m;
  }
  // A comparison never takes a NaN for the larger one; the sum shows that there was one.
  if (Number.isNaN(noise)) maxAbs = Number.NaN;
  return { count: x.length, signal, noise, output, dot, maxAbs };
}
