import { concat, gemm, pad, range, reshape, slice, transpose } from '../arithmetic.ts';
import { sizeOf, type Tape } from '../tape.ts';
import { type Geometry, positions } from './geometry.ts';

/** Windows are laid out for one matrix product as long as they take no more elements than this (64 MB). */
const MAX_COLUMNS = 1 << 24;

/**
 * ∂L/∂w of a convolution.
 * @param dims of w: [Co, Ci/G, …kernel]
 */
export function convGradWeight(t: Tape, x: string, dy: string, dims: readonly number[], g: Geometry): string {
  const columns = sizeOf(g.kernel) * t.dims(x)[1] * (sizeOf(t.dims(dy)) / t.dims(dy)[1]);
  return g.group === 1 && columns <= MAX_COLUMNS ? product(t, x, dy, dims, g) : convolved(t, x, dy, dims, g);
}

/** [N, C, …] as [C, N, …]. */
function channelsFirst(t: Tape, x: string): string {
  return transpose(t, x, [1, 0, ...range(t.dims(x).length - 2, 2)]);
}

/**
 * One matrix product over all samples and positions: dy [Co, N·…] times what each element of the kernel saw [K·Ci, N·…]. ONNX Runtime
 * takes half the time of the convolution below for it with kernels of 3×3, and 1/15 with 1×1.
 */
function product(t: Tape, x: string, dy: string, dims: readonly number[], g: Geometry): string {
  const out = t.dims(dy).slice(2);
  const [co, ci, ...kernel] = dims;
  const padded = pad(t, channelsFirst(t, x), [0, 0, ...g.before], [0, 0, ...g.after]);
  const length = sizeOf(t.dims(dy)) / co;
  const seen = positions(kernel).map((at) => {
    const part = slice(
      t,
      padded,
      at.map((k, i) => {
        const start = k * g.dilations[i];
        return { axis: 2 + i, start, end: start + (out[i] - 1) * g.strides[i] + 1, step: g.strides[i] };
      }),
    );
    return reshape(t, part, [ci, 1, length]);
  });
  const columns = reshape(t, concat(t, seen, 1), [ci * seen.length, length]);
  return reshape(t, gemm(t, reshape(t, channelsFirst(t, dy), [co, length]), columns, false, true), dims);
}

/**
 * x convolved with dy, the batch being what is summed over. Strides become dilations and the other way round, and groups stay
 * groups, each with the samples of its own channels.
 */
function convolved(t: Tape, x: string, dy: string, dims: readonly number[], g: Geometry): string {
  const [n, ci, ...spatial] = t.dims(x);
  const [, co, ...out] = t.dims(dy);
  const G = g.group;
  // x as [Ci/G, G·N, …], dy as [Co, N, …] whose Co goes by groups.
  const parts = transpose(t, reshape(t, x, [n, G, ci / G, ...spatial]), [2, 1, 0, ...range(spatial.length, 3)]);
  const data = reshape(t, parts, [ci / G, G * n, ...spatial]);
  const size = spatial.map(
    (d, i) => Math.floor((d + g.before[i] + g.after[i] - (out[i] - 1) * g.strides[i] - 1) / g.dilations[i]) + 1,
  );
  const full = t.op('Conv', [data, channelsFirst(t, dy)], [ci / G, co, ...size], {
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
  return reshape(t, channelsFirst(t, cut), dims);
}
