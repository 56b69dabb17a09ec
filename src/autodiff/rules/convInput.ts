import type { Tape } from '../tape.ts';
import { convAttributes, type Geometry } from './geometry.ts';

/**
 * ∂L/∂x of a convolution: the transposed convolution of dy with the same weights, with as much output padding as makes the
 * input's size again (strides can leave elements at the end that no window saw whole).
 * @param dims of x
 */
export function convGradInput(t: Tape, dy: string, w: string, dims: readonly number[], g: Geometry): string {
  const out = t.dims(dy).slice(2);
  const outputPadding = g.kernel.map((k, i) => {
    const size = (out[i] - 1) * g.strides[i] + (k - 1) * g.dilations[i] + 1 - g.before[i] - g.after[i];
    return dims[2 + i] - size;
  });
  return t.op('ConvTranspose', [dy, w], dims, {
    ...convAttributes(g),
    ...(outputPadding.some((p) => p !== 0) && { output_padding: outputPadding }),
  });
}
