import { PareError } from '../../base/errors.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import { extremes } from '../../kernels/loops/extremes.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';

/**
 * Minimum and maximum of each group, as numpy's min and max: unlike `kernels/loops/ranges.ts` nothing is passed over.
 * @throws PareError `recipe/not-applicable` when there is a NaN or an infinity, which have no scale
 */
export function tensorRange(
  x: Float32Array,
  grouping: Grouping,
): { min: Float32Array<ArrayBuffer>; max: Float32Array<ArrayBuffer> } {
  const { min, max, finite } = extremes(x, grouping);
  if (finite) return { min, max };
  throw new PareError('recipe/not-applicable', 'The tensor holds NaN or infinity, which cannot be quantized.', {
    hint: 'Exclude the tensor, or export the model again.',
  });
}

/** The range of an array that comes in parts, one at least. @throws PareError as `tensorRange` */
export async function rangeOfParts(parts: AsyncIterable<Float32Array>): Promise<Ranges> {
  const range = { min: Float32Array.of(Number.POSITIVE_INFINITY), max: Float32Array.of(Number.NEGATIVE_INFINITY) };
  for await (const x of parts) {
    const { min, max } = tensorRange(x, { dims: [x.length], granularity: 'tensor', axis: 0, block: 0 });
    range.min[0] = Math.min(range.min[0], min[0]);
    range.max[0] = Math.max(range.max[0], max[0]);
  }
  return range;
}
