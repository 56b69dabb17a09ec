/** A channel before its activation as BatchNormalization leaves it: normal, with mean β and deviation |γ|. */
export interface Normal {
  mean: Float64Array;
  deviation: Float64Array;
}

/** The error function, to 1.2e-7 (Numerical Recipes, erfc by a Chebyshev fit). */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const p = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  ];
  const poly = p.reduce((sum, c) => sum * t + c, 0);
  const y = 1 - t * Math.exp(-x * x - 1.26551223 + t * poly);
  return x >= 0 ? y : -y;
}

/** E[max(0, X)] of a normal X: σ·φ(μ/σ) + μ·Φ(μ/σ) (Nagel et al. 2019, arXiv 1906.04721, eq. 19). */
function reluMean(mean: number, deviation: number): number {
  if (deviation === 0) return Math.max(0, mean);
  const z = mean / deviation;
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  return deviation * density + mean * 0.5 * (1 + erf(z / Math.SQRT2));
}

/** E[min(bound, max(0, X))] of a normal X. */
export function clippedMean(mean: number, deviation: number, bound: number): number {
  const relu = reluMean(mean, deviation);
  return bound === Infinity ? relu : relu - reluMean(mean - bound, deviation);
}
