import type { Sketch } from '../../kernels/sketch.ts';
import type { TensorReport } from '../../methods/types.ts';
import type { LayerForecast } from '../forecast/types.ts';
import { chainSqnr } from '../layers/rows.ts';
import { entropyOf, type Level } from './levels.ts';

/** What is told about the weights of one side. Absent is unknown. */
export interface Stats {
  min?: number;
  max?: number;
  mean?: number;
  std?: number;
  zeros?: number;
  count: number;
  sqnr?: number;
  /** How many values there are. */
  levels?: number;
  /** In bits per weight. */
  entropy?: number;
  bytes: number;
}

/** Of a tensor as it is. */
export function sketchStats(sketch: Sketch, bytes: number): Stats {
  const { min, max, mean, std, zeros, count } = sketch;
  return { min, max, mean, std, zeros, count, bytes };
}

/** Of a tensor after a run: exact, but for the SQNR of several steps, whose errors are taken as uncorrelated. */
export function reportStats(
  before: Sketch,
  reports: readonly TensorReport[],
  levels: readonly Level[] | undefined,
): Stats {
  const last = reports[reports.length - 1];
  return {
    ...sketchStats(last.sketch, last.bytesAfter),
    zeros: last.zeros,
    sqnr: chainSqnr(before, reports),
    ...levelStats(levels),
  };
}

/** Of a tensor as foretold. Moments come from the levels, where the tensor has some of its own. */
export function forecastStats(forecast: LayerForecast, count: number, levels: readonly Level[] | undefined): Stats {
  const { bytes, sqnr, zeros, shared } = forecast;
  const known = { ...(!Number.isNaN(sqnr) && { sqnr }), ...(!Number.isNaN(zeros) && !shared && { zeros }) };
  return { count, bytes, ...known, ...(levels && momentsOf(levels)), ...levelStats(levels) };
}

function levelStats(levels: readonly Level[] | undefined): Pick<Stats, 'levels' | 'entropy'> {
  if (!levels) return {};
  return { levels: levels.filter((l) => l.count >= 0.5).length, entropy: entropyOf(levels) };
}

function momentsOf(levels: readonly Level[]): Pick<Stats, 'min' | 'max' | 'mean' | 'std'> {
  const taken = levels.filter((l) => l.count >= 0.5);
  const total = taken.reduce((n, l) => n + l.count, 0);
  if (total === 0) return {};
  const mean = taken.reduce((s, l) => s + l.count * l.x, 0) / total;
  const std = Math.sqrt(taken.reduce((s, l) => s + l.count * (l.x - mean) ** 2, 0) / total);
  return { min: taken[0].x, max: taken[taken.length - 1].x, mean, std };
}

/** Of several tensors together. */
export function wholeStats(tensors: readonly { sketch: Sketch; bytes: number }[]): Stats {
  let [count, zeros, bytes, total, sum, squares] = [0, 0, 0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { sketch: s, bytes: own } of tensors) {
    const finite = s.count - s.nan - s.inf;
    count += s.count;
    zeros += s.zeros;
    bytes += own;
    if (finite === 0) continue;
    total += finite;
    sum += finite * s.mean;
    squares += finite * (s.std ** 2 + s.mean ** 2);
    min = Math.min(min, s.min);
    max = Math.max(max, s.max);
  }
  if (total === 0) return { count, zeros, bytes };
  const mean = sum / total;
  return { count, zeros, bytes, min, max, mean, std: Math.sqrt(Math.max(0, squares / total - mean * mean)) };
}

/** The SQNR of several tensors together: their signals and their noises add up. */
export function wholeSqnr(tensors: readonly { sketch: Sketch; sqnr: number }[]): number {
  let signal = 0;
  let noise = 0;
  for (const { sketch: s, sqnr } of tensors) {
    const own = (s.count - s.nan - s.inf) * (s.std ** 2 + s.mean ** 2);
    signal += own;
    noise += own * 10 ** (-sqnr / 10);
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}
