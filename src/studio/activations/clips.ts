import { clipSqnr } from '../../methods/calibrate/clip.ts';
import type { Override, QuantizeStaticOptions } from '../../methods/quantize-static/options.ts';
import type { ActivationFacts } from '../../methods/types.ts';

export type Clip = readonly [low: number, high: number];

/** Bars of the chart: the histogram's bins are merged to no more than these, each of the same number. */
const BARS = 190;

/** One activation as a line of the table: where it is clipped now, and what that costs. */
export interface ClipRow {
  readonly facts: ActivationFacts;
  readonly clip: Clip;
  /** The recipe gives the range by hand. */
  readonly byHand: boolean;
  /** In dB, as the histogram implies it. */
  readonly sqnr: number;
}

/** The range that an activation has: by the recipe's own hand, else as calibrated. */
export function rowOf(facts: ActivationFacts, step: QuantizeStaticOptions): ClipRow {
  const own = step.tensorQuantOverrides[facts.name]?.[0];
  const clip: Clip = [own?.rmin ?? facts.range[0], own?.rmax ?? facts.range[1]];
  const byHand = own?.rmin !== undefined || own?.rmax !== undefined;
  return { facts, clip, byHand, sqnr: sqnrAt(facts, clip) };
}

/** In dB, what a clip costs: cheap enough for every frame of a drag. */
export function sqnrAt({ histogram, bits, symmetric, zeros }: ActivationFacts, [low, high]: Clip): number {
  return clipSqnr(histogram, low, high, bits, symmetric, zeros);
}

type Overrides = QuantizeStaticOptions['tensorQuantOverrides'];

/**
 * The overrides with the range of one activation set by hand, under the names that ONNX Runtime's TensorQuantOverrides have for it, or
 * left to calibration again; what else they say of it stays.
 */
export function withClip(all: Overrides, name: string, clip: Clip | undefined): Overrides {
  const [first, ...rest] = all[name] ?? [{}];
  const { rmin: _, rmax: __, ...kept } = first as Override;
  const { [name]: ___, ...others } = all;
  const own = clip ? { ...kept, rmin: clip[0], rmax: clip[1] } : kept;
  return Object.keys(own).length === 0 && rest.length === 0 ? others : { ...others, [name]: [own, ...rest] };
}

/** A clip after one of its ends was moved: the other follows where the integers are symmetric, and 0 stays inside, as in the integers. */
export function movedClip(from: Clip, to: Clip, symmetric: boolean): [number, number] {
  if (symmetric) {
    const end = Math.abs(to[0] === from[0] ? to[1] : to[0]);
    return [-end, end];
  }
  return [Math.min(to[0], 0), Math.max(to[1], 0)];
}

/** The histogram in bars wide enough to see. */
export function bars({ edges, counts }: ActivationFacts['histogram']): { edges: Float64Array; counts: Float64Array } {
  const merged = Math.max(1, Math.ceil(counts.length / BARS));
  const n = Math.ceil(counts.length / merged);
  const out = { edges: new Float64Array(n + 1), counts: new Float64Array(n) };
  for (let i = 0; i < counts.length; i++) out.counts[Math.floor(i / merged)] += counts[i];
  for (let i = 0; i < n; i++) out.edges[i] = edges[i * merged];
  out.edges[n] = edges[counts.length];
  return out;
}
