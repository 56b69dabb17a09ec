import { PIECE, X, Y } from '../simd/layout.ts';
import { type Simd, simd } from '../simd/module.ts';
import { type Detail, type Sketch, Sketcher } from '../sketch.ts';
import type { ErrorSums } from './errors.ts';

/** What a step's report says of a tensor: how far y is from x, and what y looks like. */
export interface Measured {
  /** Σx² and Σ(x − y)² in float64; NaN or Inf in either tensor shows up as a NaN. */
  errors: Pick<ErrorSums, 'signal' | 'noise'>;
  sketch: Sketch;
}

/** Measures y against x piece by piece, as the pieces come. Loops and kernels give the same bits. */
export class Measurer {
  private readonly sketcher: Sketcher;
  /** Running sums in four lanes. */
  readonly signal = new Float64Array(4);
  readonly noise = new Float64Array(4);

  /**
   * @param detail of the sketch; `finite` makes the sums 0, or NaN where a number of x is none or infinite, `nothing` makes them 0, and
   * both leave the sketch empty
   */
  constructor(
    dims: readonly number[],
    private readonly detail?: Detail,
    private readonly kernels: Simd | null = simd(),
  ) {
    this.sketcher = new Sketcher(dims, detail, kernels);
  }

  /** Takes over the kernels' memory, and gives the address from which on it is free meanwhile. */
  claim(): number {
    return this.sketcher.claim();
  }

  /** The next elements, of any number. */
  add(x: Float32Array, y: Float32Array<ArrayBuffer>): void {
    const { kernels, detail } = this;
    if (detail === 'nothing') return;
    for (let at = 0; at < x.length; at += PIECE) {
      const [a, b] = [x.subarray(at, at + PIECE), y.subarray(at, at + PIECE)];
      if (detail === 'finite') this.look(a.reduce((sum, v) => sum + v * 0, 0));
      else if (kernels) {
        kernels.f32.set(a, X / 4);
        kernels.f32.set(b, Y / 4);
        this.addAt(a.length);
      } else {
        this.errors(a, b, 0);
        this.sketcher.add(b);
      }
    }
  }

  /** The next elements, at most a piece, which are in the kernels' memory. */
  addAt(length: number, x = X, y = Y): void {
    const { f32, run } = this.kernels!;
    if (this.detail === 'nothing') return;
    if (this.detail === 'finite') {
      this.look(run.poison(x, length));
      return;
    }
    const whole = length & ~3;
    this.sketcher.addAt(y, length, { x, sums: this });
    if (whole < length) this.errors(f32.subarray(x / 4, x / 4 + length), f32.subarray(y / 4, y / 4 + length), whole);
  }

  /** @param poison 0, or NaN */
  private look(poison: number): void {
    this.signal[0] += poison;
    this.noise[0] += poison;
  }

  /** Elements from `from` on, a multiple of 4; each of four lanes takes every fourth. */
  private errors(x: Float32Array, y: Float32Array, from: number): void {
    for (let lane = 0; lane < 4; lane++) {
      let signal = this.signal[lane];
      let noise = this.noise[lane];
      for (let i = from + lane; i < x.length; i += 4) {
        const d = x[i] - y[i];
        signal += x[i] * x[i];
        noise += d * d;
      }
      this.signal[lane] = signal;
      this.noise[lane] = noise;
    }
  }

  finish(): Measured {
    const [s, n] = [this.signal, this.noise];
    return {
      errors: { signal: s[0] + s[1] + s[2] + s[3], noise: n[0] + n[1] + n[2] + n[3] },
      sketch: this.sketcher.finish(),
    };
  }
}

/**
 * Error sums of x against y and the sketch of y in one pass over memory.
 * @param detail of the sketch
 * @throws Error when the lengths differ
 */
export function measure(
  x: Float32Array,
  y: Float32Array<ArrayBuffer>,
  dims: readonly number[] = [y.length],
  detail?: Detail,
  kernels: Simd | null = simd(),
): Measured {
  if (x.length !== y.length) throw new Error(`${x.length} elements against ${y.length}`);
  const measurer = new Measurer(dims, detail, kernels);
  measurer.add(x, y);
  return measurer.finish();
}
