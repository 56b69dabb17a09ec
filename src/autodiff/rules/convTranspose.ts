import { attrInt, attrInts, attrString } from '../../onnx/attributes.ts';
import { pad, range, reduceSum } from '../arithmetic.ts';
import type { Rule } from '../tape.ts';
import { convGradWeight } from './convWeight.ts';
import { convAttributes, type Geometry } from './geometry.ts';

/**
 * The mirror image of Conv: with x and y in each other's place, y → x is a convolution with the same weights. So dx is a
 * convolution of dy, and dw that convolution's own.
 */
export const convTranspose: Rule = (c) => {
  const { tape: t, node, inputs, outputs, dy } = c;
  const [x, w, b] = inputs;
  const xs = t.dims(x);
  const ys = t.dims(outputs[0]);
  const kernel = t.dims(w).slice(2);
  const ones = kernel.map(() => 1);
  const strides = attrInts(node, 'strides') ?? ones;
  const dilations = attrInts(node, 'dilations') ?? ones;
  const extra = attrInts(node, 'output_padding') ?? ones.map(() => 0);
  let pads = attrInts(node, 'pads') ?? [...ones, ...ones].map(() => 0);
  const auto = attrString(node, 'auto_pad', 'NOTSET');
  if (auto !== 'NOTSET' || attrInts(node, 'output_shape')) {
    // By the operator's description: what the size asked for leaves over is cut on both sides.
    const total = kernel.map(
      (k, i) => strides[i] * (xs[2 + i] - 1) + extra[i] + (k - 1) * dilations[i] + 1 - ys[2 + i],
    );
    const half = total.map((n) => (auto === 'SAME_UPPER' ? Math.floor(n / 2) : n - Math.floor(n / 2)));
    pads = [...half, ...total.map((n, i) => n - half[i])];
  }
  const before = pads.slice(0, kernel.length);
  const after = pads.slice(kernel.length);
  const g: Geometry = { kernel, strides, dilations, before, after, group: attrInt(node, 'group', 1) };
  const spatial = range(kernel.length, 2);
  // Negative pads stretch the output: Conv takes none, so dy is cut here. Output padding is where no window reaches.
  const stretched = (p: readonly number[]) => [0, 0, ...p.map((v) => Math.min(0, v))];
  const g2: Geometry = { ...g, before: before.map((p) => Math.max(0, p)), after: after.map((p) => Math.max(0, p)) };
  const d = pad(t, dy[0]!, stretched(before), stretched(after));
  return [
    c.needs(0) ? convOf(d, w, g2) : undefined,
    c.needs(1) ? convGradWeight(t, d, x, t.dims(w), g2) : undefined,
    b && c.needs(2) ? reduceSum(t, dy[0]!, [0, ...spatial], false) : undefined,
  ];

  function convOf(from: string, weights: string, geometry: Geometry): string {
    const size = geometry.kernel.map((k, i) => {
      const whole = t.dims(from)[2 + i] + geometry.before[i] + geometry.after[i];
      return Math.floor((whole - (k - 1) * geometry.dilations[i] - 1) / geometry.strides[i]) + 1;
    });
    const dims = [xs[0], xs[1], ...size];
    const full = t.op('Conv', [from, weights], dims, convAttributes(geometry));
    // Output padding longer than a stride makes windows that no input had.
    const over = dims.map((n, i) => xs[i] - n);
    return pad(
      t,
      full,
      dims.map(() => 0),
      over,
    );
  }
};
