import { codebookFloats, floatsAs } from '../../encodings/codebook.ts';
import type { AffineValues, Codebook, CodebookValues } from '../../encodings/types.ts';
import { kmeans1d } from '../../kernels/loops/cluster.ts';
import type { Kernels } from '../../kernels/types.ts';
import { floatsToHalves, halvesToFloats } from '../../onnx/float.ts';
import { makeTensor, readFloats } from '../../onnx/tensor.ts';
import type { Decision } from './decide.ts';
import { uniformOf, uniformParameters } from './parameters.ts';
import { articleValues, signValues } from './stepped.ts';

type Affine = Extract<Decision, { kind: 'affine' }>;

/** The integers, scales, zero points and offsets that a decision asks for. */
export async function affineValues(
  x: Float32Array<ArrayBuffer>,
  { layout, scheme, range }: Affine,
  kernels: Kernels,
): Promise<AffineValues> {
  const extent = await kernels.ranges(x, layout);
  if (scheme === 'article') return articleValues(x, layout, extent);
  if (layout.offset) return signValues(x, layout);
  const uniform = uniformOf(scheme, layout.bits);
  const { scale, zero } = uniformParameters(x, layout, uniform, range, extent);
  const spec = { ...layout, qmin: uniform.qmin, qmax: uniform.qmax };
  if (scheme === 'symmetric') return { q: await kernels.quantizeAffine(x, spec, scale), scale };
  return { q: await kernels.quantizeAffine(x, spec, scale, zero), scale, zeroPoint: zero };
}

/** Indices and levels of the least squared error; levels are rounded to the weight's dtype before anything is assigned. */
export async function codebookValues(
  x: Float32Array<ArrayBuffer>,
  layout: Codebook,
  dataType: number,
  kernels: Kernels,
): Promise<CodebookValues> {
  const { dims, bits, axis } = layout;
  const levels = 2 ** bits;
  if (axis === undefined) {
    const table = await roundTo(kmeans1d(x, levels, { pinZero: zeroIsALevel(x, levels) }), dataType);
    return { index: await kernels.assignCodebook(x, table), table };
  }
  const channels = dims[axis];
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = x.length / (channels * inner);
  const index = new Uint8Array(x.length);
  const table = new Float32Array(channels * levels);
  const row = new Float32Array(outer * inner);
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outer; o++) {
      const from = (o * channels + c) * inner;
      row.set(x.subarray(from, from + inner), o * inner);
    }
    const own = await roundTo(kmeans1d(row, levels, { pinZero: zeroIsALevel(row, levels) }), dataType);
    table.set(own, c * levels);
    const codes = await kernels.assignCodebook(row, own);
    for (let o = 0; o < outer; o++) index.set(codes.subarray(o * inner, (o + 1) * inner), (o * channels + c) * inner);
  }
  return { index, table };
}

/** Exact zeros that fill a level's fair share were put there by pruning, and stay exact. */
export function zeroIsALevel(x: Float32Array, levels: number): boolean {
  let zeros = 0;
  for (let i = 0; i < x.length; i++) if (x[i] === 0) zeros++;
  return zeros * levels >= x.length && zeros > 0;
}

/** float32 numbers as another float dtype would keep them. */
export function roundTo(x: Float32Array<ArrayBuffer>, dataType: number): Promise<Float32Array<ArrayBuffer>> {
  return readFloats(makeTensor('', dataType, [x.length], floatsAs(x, dataType)));
}

/** The weight that the encoded model computes, in float32 before the Cast to its own dtype. */
export const floatsOf = {
  codebook: codebookFloats,
  half: (x: Float32Array<ArrayBuffer>) => halvesToFloats(floatsToHalves(x)),
};
