import { mseRange } from './clip.ts';
import type { RunningExtremes } from './extremes.ts';
import { countInto, emptyHistogram, type Histogram } from './histogram.ts';
import { addMagnitudes, addValues, type Running } from './merge.ts';
import { type Rounding, roundingOf } from './numpy.ts';
import { entropyRange, percentileRange, type Range } from './thresholds.ts';
import type { CalibrationOptions, TensorCalibration } from './types.ts';

/** Counts one tensor's values in the second pass, when the extremes of all batches are known. */
export class Counter {
  private readonly round: Rounding;
  private readonly magnitudes: boolean;
  /** What the method searches; undefined for methods that need none. */
  private searched: Histogram | undefined;
  private running: Running | undefined;
  private held: Float32Array[] = [];
  private readonly shown: Histogram | undefined;
  private zeros = 0;

  constructor(
    private readonly tensor: TensorCalibration,
    extremes: RunningExtremes,
    private readonly options: CalibrationOptions,
  ) {
    const { method, bins, symmetric, stride, histograms } = options;
    const { min, max, dataType } = tensor;
    this.round = roundingOf(dataType);
    this.magnitudes = method === 'Percentile' && symmetric;
    if (histograms || method === 'MSE') this.shown = emptyHistogram(min, max, bins, this.round);
    if (stride > 0 || method === 'MinMax' || method === 'MSE') return;
    const reached = Math.max(Math.abs(min), Math.abs(max));
    this.searched = emptyHistogram(this.magnitudes ? extremes.least : -reached, reached, bins, this.round);
  }

  add(x: Float32Array): void {
    if (this.shown) {
      countInto(this.shown, x, this.round);
      for (let i = 0; i < x.length; i++) if (x[i] === 0) this.zeros++;
    }
    if (this.searched) countInto(this.searched, x, this.round, this.magnitudes);
    else if (this.options.stride > 0 && this.options.method !== 'MSE') this.held.push(x);
  }

  /** The batches since the last call are one collection. */
  close(): void {
    if (this.held.length === 0) return;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const part of this.held) {
      for (const v of part) {
        if (v < min) min = v;
        if (v > max) max = v;
      }
    }
    if (min > max) min = max = 0;
    const join = this.magnitudes ? addMagnitudes : addValues;
    this.running = join(this.running, { parts: this.held, min, max }, this.options.bins, this.round);
    this.held = [];
  }

  finish(): TensorCalibration {
    this.close();
    const { tensor, shown, zeros } = this;
    const searched = this.searched ?? this.running;
    return {
      ...tensor,
      range: this.range(searched),
      ...(shown && { histogram: shown, zeros }),
      ...(searched && { searched: { edges: searched.edges, counts: searched.counts } }),
    };
  }

  private range(h: Histogram | undefined): Range {
    const { method, percentile, symmetric, quantizedBins, bits } = this.options;
    const { min, max, range } = this.tensor;
    if (method === 'MSE') return mseRange(this.shown!, min, max, bits, symmetric, this.zeros);
    if (!h) return range;
    switch (method) {
      case 'Percentile':
        return percentileRange(h, percentile, symmetric, min, max);
      case 'Entropy':
        return entropyRange(h, quantizedBins, min, max);
      default:
        return [h.edges[0], h.edges[h.counts.length]];
    }
  }
}
