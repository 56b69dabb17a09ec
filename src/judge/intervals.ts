import { Random } from '../base/random.ts';
import type { Estimate } from './types.ts';

/** Confidence intervals, all at 95 %. */
const Z = 1.959963984540054;

/**
 * A share `hits`/`n` with Wilson's score interval (Wilson 1927), which stays inside 0…1 and is honest near the ends.
 * With no samples it is 0…1 around 0.
 */
export function wilson(hits: number, n: number): Estimate {
  if (n === 0) return { value: 0, low: 0, high: 1 };
  const p = hits / n;
  const z2 = Z * Z;
  const centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z / (1 + z2 / n)) * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  return { value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * The change of a share between two models on the same samples, with Newcombe's paired score interval (Newcombe 1998,
 * "Improved confidence intervals for the difference between binomial proportions based on paired data", method 10).
 * @param both right in both @param lost right before only @param won right after only @param neither right in neither
 */
export function pairedChange(both: number, lost: number, won: number, neither: number): Estimate {
  const n = both + lost + won + neither;
  if (n === 0) return { value: 0, low: -1, high: 1 };
  const before = wilson(both + lost, n);
  const after = wilson(both + won, n);
  const product = (both + lost) * (won + neither) * (both + won) * (lost + neither);
  let phi = 0;
  if (product > 0) {
    const cross = both * neither - lost * won;
    // The correction by n/2 is method 10's; it applies only on the side of positive association.
    phi = (cross > 0 ? Math.max(cross - n / 2, 0) : cross) / Math.sqrt(product);
  }
  const value = (won - lost) / n;
  const spread = (a: number, b: number) => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    value,
    low: value - spread(after.value - after.low, before.high - before.value),
    high: value + spread(after.high - after.value, before.value - before.low),
  };
}

/** Running mean and variance (Welford 1962), for a mean with its normal interval. */
export class RunningMean {
  n = 0;
  mean = 0;
  private m2 = 0;

  add(x: number): void {
    this.n++;
    const d = x - this.mean;
    this.mean += d / this.n;
    this.m2 += d * (x - this.mean);
  }

  /** Mean ± 1.96 standard errors; with fewer than two values the interval is the value. */
  estimate(): Estimate {
    const error = this.n > 1 ? Z * Math.sqrt(this.m2 / (this.n - 1) / this.n) : 0;
    return { value: this.mean, low: this.mean - error, high: this.mean + error };
  }
}

/** The q-quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan 1996, numpy's default). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const i = Math.floor(at);
  const next = sorted[Math.min(i + 1, sorted.length - 1)];
  return sorted[i] + (next - sorted[i]) * (at - i);
}

/** The median of the values with a percentile bootstrap interval (Efron 1979), 1,000 seeded resamples. */
export function bootstrapMedian(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const value = quantile(sorted, 0.5);
  if (values.length < 2) return { value, low: value, high: value };
  const random = new Random(1);
  const medians = Array.from({ length: 1000 }, () => {
    const sample = Float64Array.from({ length: values.length }, () => values[random.int(values.length)]);
    return quantile(sample.sort(), 0.5);
  }).sort((a, b) => a - b);
  return { value, low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}
