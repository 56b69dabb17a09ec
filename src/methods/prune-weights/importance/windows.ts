import { geometryOf } from '../../../autodiff/rules/geometry.ts';
import { attrInts, attrString } from '../../../onnx/attributes.ts';
import type { NodeProto } from '../../../onnx/proto.ts';

/**
 * For every channel and every position of a convolution's kernel the sum of the pixels that it meets; padding is zero.
 * @param pixels channels × spatial, row-major
 * @param dims of `pixels`
 * @param kernel spatial dims of the weight
 * @returns channels × kernel, row-major
 */
export function windowSums(
  pixels: ArrayLike<number>,
  dims: readonly number[],
  node: NodeProto,
  kernel: readonly number[],
): Float64Array {
  const spatial = dims.slice(1);
  const strides = attrInts(node, 'strides') ?? kernel.map(() => 1);
  // Only where padding is to keep the size does the geometry ask for it.
  const same = spatial.map((n, i) => Math.ceil(n / strides[i]));
  const g = geometryOf({ node }, kernel, spatial, same);
  const auto = attrString(node, 'auto_pad', 'NOTSET');
  let sums = Float64Array.from(pixels);
  const shape = [...dims];
  kernel.forEach((taps, i) => {
    const reach = (taps - 1) * g.dilations[i] + 1;
    const out = auto.startsWith('SAME')
      ? same[i]
      : Math.floor((spatial[i] + g.before[i] + g.after[i] - reach) / g.strides[i]) + 1;
    const meets = Array.from({ length: taps }, (_, k) =>
      Array.from({ length: Math.max(0, out) }, (_, o) => o * g.strides[i] + k * g.dilations[i] - g.before[i]).filter(
        (at) => at >= 0 && at < spatial[i],
      ),
    );
    sums = sumAlong(sums, shape, i + 1, meets);
    shape[i + 1] = taps;
  });
  return sums;
}

/** Replaces an axis by one of `picked.length`, each element the sum of those picked. */
function sumAlong(x: Float64Array, dims: readonly number[], axis: number, picked: readonly number[][]) {
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const out = new Float64Array(outer * picked.length * inner);
  for (let o = 0; o < outer; o++) {
    picked.forEach((indices, k) => {
      const to = (o * picked.length + k) * inner;
      for (const at of indices) {
        const from = (o * dims[axis] + at) * inner;
        for (let i = 0; i < inner; i++) out[to + i] += x[from + i];
      }
    });
  }
  return out;
}
