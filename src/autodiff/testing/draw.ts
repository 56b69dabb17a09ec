import fc from 'fast-check';
import { expect } from 'vitest';
import { Random } from '../../base/random.ts';
import { type Case, type CaseInput, checkCase } from './check.ts';
import { count } from './tensor.ts';

/** Random choices for cases, all from one seed that fast-check draws and prints when a case fails. */
export class Draw {
  readonly random: Random;
  constructor(seed: number) {
    this.random = new Random(seed);
  }
  /** A whole number in [low, high]. */
  int(low: number, high: number): number {
    return low + this.random.int(high - low + 1);
  }
  flag(): boolean {
    return this.random.next() < 0.5;
  }
  pick<T>(of: readonly T[]): T {
    return of[this.random.int(of.length)];
  }
  dims(rank: number, low = 1, high = 4): number[] {
    return Array.from({ length: rank }, () => this.int(low, high));
  }
  /** Normal values. */
  normal(dims: readonly number[], spread = 1): CaseInput {
    return { dims, data: Array.from({ length: count(dims) }, () => spread * this.random.normal()) };
  }
  /** Values in [low, high] that keep away from kinks. */
  between(dims: readonly number[], low: number, high: number, kinks: readonly number[] = []): CaseInput {
    const one = (): number => {
      const v = low + (high - low) * this.random.next();
      return kinks.some((k) => Math.abs(v - k) < 0.02) ? one() : v;
    };
    return { dims, data: Array.from({ length: count(dims) }, one) };
  }
  /** Values that all differ by 0.05 or more, so that no small change makes another one the largest. */
  distinct(dims: readonly number[]): CaseInput {
    const n = count(dims);
    return { dims, data: Array.from(this.random.permutation(n), (k) => (k - n / 2) * 0.05 + 0.01) };
  }
  /** A shape that broadcasts to `dims`: some axes 1, some in front left out. */
  narrowed(dims: readonly number[]): number[] {
    return dims.slice(this.int(0, dims.length)).map((d) => (this.flag() ? d : 1));
  }
}

export const ints = (values: readonly number[], dims: readonly number[] = [values.length]): CaseInput => ({
  dims,
  data: values,
  constant: 'int64',
});

/**
 * Checks random cases of one operator.
 * The bound on gradients is the issue's. The forward pass of the reference must agree too, or the two would differentiate different things:
 * float32 sums of some dozens of terms, exponentials and quotients stay within 1e-5.
 */
export async function checkRandom(make: (d: Draw) => Case, runs = 12): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const d = new Draw(seed);
      const found = await checkCase(make(d), d.random);
      expect(found.forward).toBeLessThan(1e-5);
      expect(found.gradient).toBeLessThan(1e-4);
    }),
    { numRuns: runs, endOnFailure: true },
  );
}
