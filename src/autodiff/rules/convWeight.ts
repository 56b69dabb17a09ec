import { range, reshape, slice, transpose } from '../arithmetic.ts';
import type { Tape } from '../tape.ts';
import type { Geometry } from './geometry.ts';

/**
 * ∂L/∂w of a convolution: x convolved with dy, the batch being what is summed over. Strides become dilations and the other way
 * round, and groups stay groups, each with the samples of its own channels.
 * @param dims of w: [Co, Ci/G, …kernel]
 */
export function convGradWeight(t: Tape, x: string, dy: string, dims: readonly number[], g: Geometry): string {
  const [n, ci, ...spatial] = t.dims(x);
  const [, co, ...out] = t.dims(dy);
  const G = g.group;
  const axes = range(spatial.length, 3);
  // x as [Ci/G, G·N, …], dy as [Co, N, …] whose Co goes by groups.
  const parts = transpose(t, reshape(t, x, [n, G, ci / G, ...spatial]), [2, 1, 0, ...axes]);
  const data = reshape(t, parts, [ci / G, G * n, ...spatial]);
  const kernel = transpose(t, dy, [1, 0, ...range(out.length, 2)]);
  const size = spatial.map(
    (d, i) => Math.floor((d + g.before[i] + g.after[i] - (out[i] - 1) * g.strides[i] - 1) / g.dilations[i]) + 1,
  );
  const full = t.op('Conv', [data, kernel], [ci / G, co, ...size], {
    kernel_shape: out,
    strides: g.dilations,
    dilations: g.strides,
    pads: [...g.before, ...g.after],
    group: G,
  });
  // Rows that no stride reached make more positions than the kernel has.
  const cut = slice(
    t,
    full,
    g.kernel.map((k, i) => ({ axis: 2 + i, start: 0, end: k })),
  );
  return reshape(t, transpose(t, cut, [1, 0, ...range(spatial.length, 2)]), dims);
}
