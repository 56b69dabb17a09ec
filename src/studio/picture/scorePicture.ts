import type { Sketch } from '../../kernels/sketch.ts';
import { countInto, logEdges, massOfAll, positive } from '../forecast/edges.ts';
import type { Picture } from './pictureOf.ts';

/** What weights matter, on a logarithmic axis. */
export interface ScorePicture extends Picture {
  /** Elements that matter nothing, which have no place on it. */
  nothing: number;
}

/** The share of the elements over 0 that is drawn where the smallest of them would squeeze all others. */
const INNER = 0.999;
/** How much longer the axis may be, in powers of ten, than without the smallest. */
const FAR = 1.5;

/** Counts of what matters; undefined where nothing does. */
export function scorePicture(sketches: readonly Sketch[], fullRange: boolean): ScorePicture | undefined {
  const all = massOfAll(sketches);
  const mass = positive(all);
  if (mass.total === 0) return undefined;
  const span = (edges: Float64Array) => Math.log(edges[edges.length - 1] / edges[0]);
  const whole = logEdges(mass);
  const centre = logEdges(mass, INNER);
  const farTails = span(whole) > FAR * span(centre);
  const edges = farTails && !fullRange ? centre : whole;
  const before = countInto(edges, mass);
  const outside = Math.max(0, Math.round(mass.total - before.reduce((a, b) => a + b, 0)));
  return { edges, before, outside, farTails, nothing: all.total - mass.total };
}
