import { MagnitudeSelector, magnitudeBins, type Threshold } from '../../kernels/loops/select.ts';
import type { Sketch } from '../../kernels/sketch.ts';

/** Numbers that are compared with those of others: weights, or what they matter. */
export interface Pooled {
  readonly id: string;
  readonly sketch: Sketch;
  read(): Promise<Float32Array>;
}

/**
 * One exact threshold for many tensors: the bin it lies in from their sketches, the rest from a second look at those
 * that have something in that bin. Where equal magnitudes straddle the cut, the first in the order of the
 * tensors and of their elements stay.
 * @param k how many elements fall away in all
 * @returns each tensor's threshold, by id
 */
export async function globalThresholds(pool: readonly Pooled[], k: number): Promise<Map<string, Threshold>> {
  const selector = new MagnitudeSelector(magnitudeBins(pool.map((p) => p.sketch)), k);
  const concerned = pool.filter((p) => selector.needs(p.sketch));
  for (const { read } of concerned) selector.add(await read());
  const { magnitude, keep } = selector.finish();
  const thresholds = new Map(pool.map((p) => [p.id, { magnitude, keep }]));
  let left = keep;
  if (keep > 0 && Number.isFinite(keep)) {
    for (const { id, read } of concerned) {
      thresholds.set(id, { magnitude, keep: left });
      left = Math.max(0, left - equals(await read(), magnitude));
    }
  }
  return thresholds;
}

function equals(x: Float32Array, magnitude: number): number {
  const bits = new Uint32Array(x.buffer, x.byteOffset, x.length);
  let n = 0;
  for (let i = 0; i < bits.length; i++) if ((bits[i] & 0x7fffffff) === magnitude) n++;
  return n;
}
