import { MagnitudeSelector, magnitudeBins, type Threshold } from '../../kernels/loops/select.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import { readFloats } from '../../onnx/tensor.ts';
import type { Weight } from '../../onnx/weights.ts';

/**
 * One exact threshold for many weights: the bin it lies in from their sketches, the rest from a second look at those
 * weights that have something in that bin. Where equal magnitudes straddle the cut, the first in the order of the
 * weights and of their elements stay.
 * @param k how many elements fall away in all
 * @returns each weight's threshold, by id
 */
export async function globalThresholds(
  pool: readonly { weight: Weight; sketch: Sketch }[],
  k: number,
): Promise<Map<string, Threshold>> {
  const selector = new MagnitudeSelector(magnitudeBins(pool.map((p) => p.sketch)), k);
  const concerned = pool.filter((p) => selector.needs(p.sketch));
  for (const { weight } of concerned) selector.add(await readFloats(weight.tensor));
  const { magnitude, keep } = selector.finish();
  const thresholds = new Map(pool.map((p) => [p.weight.id, { magnitude, keep }]));
  let left = keep;
  if (keep > 0 && Number.isFinite(keep)) {
    for (const { weight } of concerned) {
      thresholds.set(weight.id, { magnitude, keep: left });
      left = Math.max(0, left - equals(await readFloats(weight.tensor), magnitude));
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
