import { attrInt, attrInts } from '../../onnx/attributes.ts';
import { DataType } from '../../onnx/proto.ts';
import { compare, div, expand, mul, range, reduceSum, reshape, scale, scatterFlat, where } from '../arithmetic.ts';
import { type Call, type Rule, sizeOf } from '../tape.ts';
import { convGradInput } from './convInput.ts';
import { geometryOf } from './geometry.ts';

/**
 * Each output's gradient goes to the element it was taken from, by the pool's own second output. The indices are flat over
 * the whole tensor (storage_order 0).
 */
const maxPool: Rule = (c) => {
  const { tape: t, node, inputs, outputs, step } = c;
  const dims = t.dims(inputs[0]);
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
  // ceil_mode can make windows that reach past the padding: then the gradient is made longer, and cut.
  const reach = kernel.map((k, i) => (out[i] - 1) * g.strides[i] + (k - 1) * g.dilations[i] + 1);
  const after = spatial.map((s, i) => Math.max(g.after[i], reach[i] - g.before[i] - s));
  const spread = convGradInput(t, channels, ones, [dims[0] * dims[1], 1, ...spatial], { ...g, after, group: 1 });
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
