import type { AffineValues } from '../../encodings/types.ts';
import type { Measured } from '../../kernels/loops/measure.ts';
import { quantizeMeasured } from '../../kernels/loops/measured.ts';
import type { Ranges } from '../../kernels/loops/ranges.ts';
import type { Kernels } from '../../kernels/types.ts';
import { DataType } from '../../onnx/proto.ts';
import type { LayerFacts } from '../types.ts';
import type { Decision } from './decide.ts';
import { uniformOf, uniformParameters } from './parameters.ts';

type Affine = Extract<Decision, { kind: 'affine' }>;

/**
 * Quantizes a float32 weight and measures what became of it in one pass, by the range that its sketch knows already. Undefined
 * where that cannot be: in blocks, in steps from the minimum, in another dtype, or by an engine that was asked for.
 */
export function fusedAffine(
  decision: Affine,
  facts: LayerFacts,
  dataType: number,
  kernels: Kernels,
): ((x: Float32Array<ArrayBuffer>) => { values: AffineValues; measured: Measured }) | undefined {
  const { layout, scheme, range } = decision;
  const extent = knownRange(decision, facts);
  const plain = scheme !== 'article' && !layout.offset && dataType === DataType.FLOAT && kernels.engine === 'loops';
  if (!plain || !extent) return undefined;
  return (x) => {
    const uniform = uniformOf(scheme, layout.bits);
    const { scale, zero } = uniformParameters(x, layout, uniform, range, extent);
    const spec = { ...layout, qmin: uniform.qmin, qmax: uniform.qmax };
    const zeroPoint = scheme === 'symmetric' ? undefined : zero;
    const { q, ...measured } = quantizeMeasured(x, spec, scale, zeroPoint, facts.channelAxis);
    return { values: { q, scale, ...(zeroPoint && { zeroPoint }) }, measured };
  };
}

/** The range of each group, as `kernels/loops/ranges.ts` gives it. */
function knownRange({ layout }: Affine, { sketch }: LayerFacts): Ranges | undefined {
  if (!sketch) return undefined;
  if (layout.granularity === 'tensor') return { min: Float32Array.of(sketch.min), max: Float32Array.of(sketch.max) };
  return layout.granularity === 'channel' && sketch.channels?.axis === layout.axis ? sketch.channels : undefined;
}
