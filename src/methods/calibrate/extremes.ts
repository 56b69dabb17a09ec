import { pairwiseSum } from './numpy.ts';
import type { Range } from './thresholds.ts';
import type { CalibrationOptions } from './types.ts';

/** Extremes of one tensor over the batches, and what MinMax makes of them. */
export class RunningExtremes {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** The smallest magnitude. */
  least = Number.POSITIVE_INFINITY;
  /** Elements of the largest batch. */
  size = 0;
  private mins: number[] = [];
  private maxs: number[] = [];
  private merged: Range | undefined;

  constructor(private readonly options: CalibrationOptions) {}

  /** NaN is passed over, as numpy's nanmin and nanmax do. */
  add(min: number, max: number, least: number, size: number): void {
    const { movingAverage, stride } = this.options;
    if (min < this.min) this.min = min;
    if (max > this.max) this.max = max;
    if (least < this.least) this.least = least;
    this.size = Math.max(this.size, size);
    // Two numbers per batch are kept only where a mean over them is asked for.
    if (!movingAverage && stride === 0) return;
    this.mins.push(min);
    this.maxs.push(max);
    if (stride > 0 && this.mins.length === stride) this.close();
  }

  /** Whether there was any number at all. */
  get empty(): boolean {
    return this.min > this.max;
  }

  /** The range of the MinMax method. */
  range(): Range {
    this.close();
    return this.merged ?? this.symmetric(this.min, this.max);
  }

  private symmetric(min: number, max: number): Range {
    const a = Math.max(Math.abs(min), Math.abs(max));
    return this.options.symmetric ? [-a, a] : [min, max];
  }

  /** Merges a collection: onnxruntime/quantization/calibrate.py, `MinMaxCalibrater.compute_data` and `merge_range`. */
  private close(): void {
    if (this.mins.length === 0) return;
    const { movingAverage, averagingConstant } = this.options;
    const over = (list: number[], extreme: (...v: number[]) => number) => {
      const numbers = list.filter((v) => !Number.isNaN(v));
      return movingAverage ? Math.fround(pairwiseSum(numbers) / numbers.length) : extreme(...numbers);
    };
    const now = this.symmetric(over(this.mins, Math.min), over(this.maxs, Math.max));
    this.mins = [];
    this.maxs = [];
    const old = this.merged;
    if (!old) this.merged = now;
    else if (!movingAverage) this.merged = [Math.min(old[0], now[0]), Math.max(old[1], now[1])];
    else {
      const c = Math.fround(averagingConstant);
      const toward = (a: number, b: number) => Math.fround(a + Math.fround(c * Math.fround(b - a)));
      this.merged = [toward(old[0], now[0]), toward(old[1], now[1])];
    }
  }
}
