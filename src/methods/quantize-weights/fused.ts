import type { AffineValues } from '../../encodings/types.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { MeasuredQuantizer, quantizeMeasured } from '../../kernels/loops/measured.ts';
import { simd } from '../../kernels/simd/module.ts';
import type { Kernels } from '../../kernels/types.ts';
import { DataType } from '../../onnx/proto.ts';
import { rangesBySketch } from '../layers.ts';
import type { LayerFacts } from '../types.ts';
import type { Decision } from './decide.ts';
import { uniformOf, uniformParameters } from './parameters.ts';

type Affine = Extract<Decision, { kind: 'affine' }>;
type Made = { values: AffineValues; measured: Measured };

/** Quantizes and measures a weight in one pass over it. */
export interface Fused {
  whole(x: Float32Array<ArrayBuffer>): Made;
  /** Of a weight that comes in parts, each of which is only looked at in its turn; undefined where it has to be whole. */
  parts?(parts: AsyncIterable<Float32Array<ArrayBuffer>>): Promise<Made>;
}

/**
 * Quantizes a float32 weight and measures what became of it in one pass, by the range that its sketch knows already. Undefined
 * where that cannot be: in blocks, in steps from the minimum, in another dtype, or by an engine that was asked for.
 */
export function fusedAffine(
  decision: Affine,
  facts: LayerFacts,
  dataType: number,
  kernels: Kernels,
): Fused | undefined {
  const { layout, scheme, range } = decision;
  const extent = rangesBySketch(facts.sketch, layout);
  const plain = scheme !== 'article' && !layout.offset && dataType === DataType.FLOAT && kernels.engine === 'loops';
  if (!plain || !extent) return undefined;
  const uniform = uniformOf(scheme, layout.bits);
  const spec = { ...layout, qmin: uniform.qmin, qmax: uniform.qmax };
  const parameters = (x: Float32Array<ArrayBuffer>) => {
    const { scale, zero } = uniformParameters(x, layout, uniform, range, extent);
    return { scale, ...(scheme !== 'symmetric' && { zeroPoint: zero }) };
  };
  const kernel = simd();
  return {
    whole(x) {
      const { scale, zeroPoint } = parameters(x);
      const { q, ...measured } = quantizeMeasured(x, spec, scale, zeroPoint, facts.channelAxis);
      return { values: { q, scale, ...(zeroPoint && { zeroPoint }) }, measured };
    },
    // The whole range needs no look at the weight before.
    ...(range === 'minmax' &&
      kernel &&
      MeasuredQuantizer.takes(spec) && {
        async parts(parts) {
          const { scale, zeroPoint } = parameters(new Float32Array(0));
          const count = facts.sketch!.count;
          const quantizer = new MeasuredQuantizer(count, spec, scale, zeroPoint, facts.channelAxis, kernel);
          for await (const x of parts) quantizer.add(x);
          const { q, ...measured } = quantizer.finish();
          return { values: { q, scale, ...(zeroPoint && { zeroPoint }) }, measured };
        },
      }),
  };
}
