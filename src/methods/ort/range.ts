import { PareError } from '../../base/errors.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import { extremes } from '../../kernels/loops/extremes.ts';

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
