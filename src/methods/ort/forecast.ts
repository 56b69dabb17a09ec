import type { Use } from '../../onnx/weights.ts';
import type { LayerFacts, LayerPlan, Quantizer } from '../types.ts';
import { QUANT, type QuantType, quantRange, scaleAndZeroPoint } from './arithmetic.ts';

/** The nodes that read a weight, where whoever asks for a forecast lists them (`recipe/layers.ts` does). */
export function usesOf(facts: LayerFacts & { readonly uses?: readonly Use[] }): readonly Use[] | undefined {
  return facts.uses;
}

/** A plan's own quantizer for a type and range, from the sketch; undefined where there is no sketch. */
export function affineQuantizer(
  plan: LayerPlan,
  type: QuantType,
  how: { symmetric: boolean; reduceRange?: boolean; granularity: 'tensor' | 'channel' },
): Quantizer | undefined {
  const { sketch } = plan.facts;
  if (!sketch || sketch.nan + sketch.inf > 0) return undefined;
  const range = quantRange(type, how.symmetric, how.reduceRange ?? false);
  const { scale, zeroPoint } = scaleAndZeroPoint(sketch.min, sketch.max, range, how.symmetric);
  const { bits } = QUANT[type];
  const plain = { offset: 0, clip: 1, sign: false, stepped: false, block: 0 };
  return {
    kind: 'affine',
    bits,
    scale,
    zeroPoint,
    qmin: range[0],
    qmax: range[1],
    granularity: how.granularity,
    ...plain,
  };
}
