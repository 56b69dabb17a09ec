import { type Layer, visit } from './layers.ts';

/** Rounded symmetrically to whole steps of one scale, or of one for each output channel. */
export function rounded(
  layer: Layer,
  weight: Float32Array,
  bits: number,
  granularity: 'tensor' | 'channel',
): Float32Array<ArrayBuffer> {
  const largest = new Float64Array(granularity === 'tensor' ? 1 : layer.outputs);
  const part = granularity === 'tensor' ? () => 0 : (o: number) => o;
  visit(layer, (i, o) => {
    largest[part(o)] = Math.max(largest[part(o)], Math.abs(weight[i]));
  });
  const scales = largest.map((x) => Math.fround(x / (2 ** (bits - 1) - 1)));
  const out = new Float32Array(weight.length);
  visit(layer, (i, o) => {
    const s = scales[part(o)];
    out[i] = s > 0 ? Math.round(weight[i] / s) * s : weight[i];
  });
  return out;
}
