import { countOf, isEligible, overrideOf } from '../layers.ts';
import { usesOf } from '../ort/forecast.ts';
import type { LayerPlan } from '../types.ts';
import type { Float16Options } from './options.ts';

/** Plans of all float32 tensors at half their bytes, but for those that only blocked operators are known to read. */
export function forecastFloat16(plans: LayerPlan[], options: Float16Options): LayerPlan[] {
  return plans.map((plan) => {
    const { facts } = plan;
    if (plan.quantizer || facts.dtype !== 'float32' || overrideOf(facts, options.layers)?.skip) return plan;
    const bytes = countOf(facts) * 2;
    if (options.dtype === 'bfloat16') {
      // No quantizer stands for bfloat16, whose error is eight times float16's; the bytes are known.
      return isEligible(facts) ? { ...plan, bytes, encoding: 'bfloat16' } : plan;
    }
    const uses = usesOf(facts);
    const blocked = uses?.every((u) => options.opBlockList.includes(u.op) || options.nodeBlockList.includes(u.node));
    if ((blocked && !options.forceFp16Initializers) || facts.place === 'sparse-initializer') return plan;
    return { ...plan, bytes, encoding: 'float16', quantizer: { kind: 'float16' } };
  });
}
