import { range, reshape, reverse, transpose } from '../arithmetic.ts';
import { sizeOf, type Tape } from '../tape.ts';
import { convAttributes, type Geometry } from './geometry.ts';

/** A convolution works for each element of x, a transposed one for each of dy, and takes about this much longer for it. */
const TRANSPOSED_COST = 1.8;

/**
 * ∂L/∂x of a convolution. Without strides it is a convolution of dy with the weights turned around, which ONNX Runtime computes
 * faster than the transposed convolution that it is otherwise, unless dy is much smaller than x.
 * @param dims of x
 */
export function convGradInput(t: Tape, dy: string, w: string, dims: readonly number[], g: Geometry): string {
  const reach = g.kernel.map((k, i) => (k - 1) * g.dilations[i]);
  const before = reach.map((r, i) => r - g.before[i]);
  const after = reach.map((r, i) => r - g.after[i]);
  const alike = sizeOf(dims.slice(2)) <= TRANSPOSED_COST * sizeOf(t.dims(dy).slice(2));
  if (alike && g.strides.every((s) => s === 1) && [...before, ...after].every((p) => p >= 0)) {
    return t.op('Conv', [dy, turned(t, w, g)], dims, convAttributes({ ...g, before, after }));
  }
  return spread(t, dy, w, dims, g);
}

/** [Co, Ci/G, …] as [Ci, Co/G, …], each kernel reversed. */
function turned(t: Tape, w: string, g: Geometry): string {
  const [co, ci, ...kernel] = t.dims(w);
  const axes = range(kernel.length, 2);
  const grouped = reshape(t, reverse(t, w, axes), [g.group, co / g.group, ci, ...kernel]);
  const swapped = transpose(t, grouped, [0, 2, 1, ...axes.map((a) => a + 1)]);
  return reshape(t, swapped, [g.group * ci, co / g.group, ...kernel]);
}

/**
 * The transposed convolution, with as much output padding as makes the input's size again (strides can leave elements at the
 * end that no window saw whole).
 */
function spread(t: Tape, dy: string, w: string, dims: readonly number[], g: Geometry): string {
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
