import { attrInt, attrInts } from '../../onnx/attributes.ts';
import { DataType } from '../../onnx/proto.ts';
import {
  add,
  compare,
  concat,
  div,
  expand,
  mul,
  range,
  reduceSum,
  reshape,
  scale,
  scatterFlat,
  slice,
  where,
} from '../arithmetic.ts';
import { type Call, type Rule, sizeOf } from '../tape.ts';
import { convGradInput } from './convInput.ts';
import { type Geometry, geometryOf, positions } from './geometry.ts';

/**
 * Each output's gradient goes to the element it was taken from, by the pool's own second output. The indices are flat over
 * the whole tensor (storage_order 0).
 */
const maxPool: Rule = (c) => {
  const { tape: t, node, inputs, outputs, step } = c;
  const dims = t.dims(inputs[0]);
  // The WebGPU kernel has no second output, and in column-major order it is no flat index.
  if (t.backend === 'webgpu' || attrInt(node, 'storage_order', 0)) return [maxPoolByTaps(c)];
  let indices = outputs[1];
  if (!indices) {
    indices = t.declare(t.fresh(`${outputs[0]}_indices`), { dtype: DataType.INT64, dims: t.dims(outputs[0]) });
    node.output = [outputs[0], indices];
    step.outputs = node.output;
  }
  const n = sizeOf(t.dims(outputs[0]));
  const sum = scatterFlat(t, sizeOf(dims), reshape(t, indices, [n]), reshape(t, c.dy[0]!, [n]));
  return [reshape(t, sum, dims)];
};

/** The geometry of a pool, its padding as long as the last window reaches: with `ceil_mode` that can be past what is stated. */
function poolGeometry(c: Call, spatial: readonly number[], out: readonly number[]): Geometry {
  const g = geometryOf(c, attrInts(c.node, 'kernel_shape')!, spatial, out);
  const reach = g.kernel.map((k, i) => (out[i] - 1) * g.strides[i] + (k - 1) * g.dilations[i] + 1);
  return { ...g, after: spatial.map((s, i) => Math.max(g.after[i], reach[i] - g.before[i] - s)), group: 1 };
}

/**
 * The same from the values alone: each place of the window is compared with the maximum, those that are equal share the gradient, and
 * a transposed convolution whose kernels have a single one puts each share back.
 */
function maxPoolByTaps(c: Call): string {
  const { tape: t, inputs, outputs } = c;
  const [n, channels, ...spatial] = t.dims(inputs[0]);
  const [y] = outputs;
  const out = t.dims(y).slice(2);
  const g = poolGeometry(c, spatial, out);
  // What no value is below, so that padding is never the maximum.
  const lowest = t.scalar(-3.4e38, inputs[0]);
  const whole = spatial.map((s, i) => s + g.before[i] + g.after[i]);
  const pads = t.ints([0, 0, ...g.before, 0, 0, ...g.after]);
  const padded = t.op('Pad', [inputs[0], pads, lowest], [n, channels, ...whole]);
  const taps = positions(g.kernel);
  const hits = taps.map((at) => {
    const seen = slice(
      t,
      padded,
      at.map((k, i) => {
        const start = k * g.dilations[i];
        return { axis: 2 + i, start, end: start + (out[i] - 1) * g.strides[i] + 1, step: g.strides[i] };
      }),
    );
    return where(t, compare(t, 'Equal', seen, y), t.scalar(1, y), t.scalar(0, y));
  });
  const count = hits.reduce((a, b) => add(t, a, b));
  const share = div(t, c.dy[0]!, count);
  const parts = hits.map((h) => reshape(t, mul(t, h, share), [n * channels, 1, ...out]));
  const single = taps.flatMap((_, k) => taps.map((__, j) => (j === k ? 1 : 0)));
  const kernels = t.floats(single, [taps.length, 1, ...g.kernel], t.dtype(y));
  const spread = convGradInput(t, concat(t, parts, 1), kernels, [n * channels, 1, ...spatial], g);
  return reshape(t, spread, [n, channels, ...spatial]);
}

/** How many elements each window covers, padding counted or not, as AveragePool divides by it. */
function counts(c: Call, spatial: readonly number[], out: readonly number[]): number[] {
  const kernel = attrInts(c.node, 'kernel_shape')!;
  const g = geometryOf(c, kernel, spatial, out);
  const padded = attrInt(c.node, 'count_include_pad', 0) !== 0;
  const byAxis = out.map((n, i) =>
    range(n).map((o) => {
      const low = padded ? 0 : g.before[i];
      // Positions past the padding, which ceil_mode makes, never count.
      const high = g.before[i] + spatial[i] + (padded ? g.after[i] : 0);
      return range(kernel[i]).filter((k) => {
        const at = o * g.strides[i] + k * g.dilations[i];
        return at >= low && at < high;
      }).length;
    }),
  );
  return byAxis.reduce((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
}

/** dy over the count of each window, spread by a transposed convolution with ones, channel by channel. */
const averagePool: Rule = (c) => {
  const { tape: t, inputs, outputs } = c;
  const dims = t.dims(inputs[0]);
  const spatial = dims.slice(2);
  const out = t.dims(outputs[0]).slice(2);
  const kernel = attrInts(c.node, 'kernel_shape')!;
  const g = geometryOf(c, kernel, spatial, out);
  const n = counts(c, spatial, out);
  const same = n.every((k) => k === n[0]);
  const share = same
    ? scale(t, c.dy[0]!, 1 / n[0])
    : mul(
        t,
        c.dy[0]!,
        t.floats(
          n.map((k) => 1 / Math.max(1, k)),
          out,
          t.dtype(c.dy[0]!),
        ),
      );
  const whole = kernel.every((k, i) => k === spatial[i] && out[i] === 1 && g.before[i] === 0);
  if (whole) return [expand(t, share, dims)];
  const channels = reshape(t, share, [dims[0] * dims[1], 1, ...out]);
  const ones = t.floats(new Array(sizeOf(kernel)).fill(1), [1, 1, ...kernel], t.dtype(share));
  const wide = poolGeometry(c, spatial, out);
  const spread = convGradInput(t, channels, ones, [dims[0] * dims[1], 1, ...spatial], wide);
  return [reshape(t, spread, dims)];
};

const globalAverage: Rule = (c) => {
  const dims = c.tape.dims(c.inputs[0]);
  return [expand(c.tape, scale(c.tape, c.dy[0]!, 1 / sizeOf(dims.slice(2))), dims)];
};

/** Equal maxima share the gradient, as in PyTorch's amax. */
const globalMax: Rule = (c) => {
  const { tape: t, inputs, outputs } = c;
  const x = inputs[0];
  const hit = where(t, compare(t, 'Equal', x, outputs[0]), t.scalar(1, x), t.scalar(0, x));
  const count = reduceSum(t, hit, range(t.dims(x).length - 2, 2));
  return [mul(t, hit, div(t, c.dy[0]!, count))];
};

export const POOLING: Readonly<Record<string, Rule>> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAverage,
  GlobalMaxPool: globalMax,
};
