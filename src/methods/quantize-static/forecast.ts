import { countOf, overrideOf } from '../layers.ts';
import { isWeightSymmetric, QUANT, type QuantType } from '../ort/arithmetic.ts';
import { affineQuantizer, usesOf } from '../ort/forecast.ts';
import type { LayerFacts, LayerPlan } from '../types.ts';
import type { QuantizeStaticOptions } from './options.ts';
import { STATIC_OPS } from './registry.ts';

/** Operators whose second input is quantized as a weight, per channel where asked. */
const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const FLOAT_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2 };

/**
 * Plans of the constants that become integers: weights of the weight type, tables and operands of the activation type, biases
 * int32 with a scale per channel. What the activations' own scales add is a few bytes per tensor, and is left out.
 */
export function forecastQuantizeStatic(plans: LayerPlan[], options: QuantizeStaticOptions): LayerPlan[] {
  return plans.map((plan) => {
    const { facts } = plan;
    const scaleBytes = FLOAT_BYTES[facts.dtype];
    const inMain = facts.id === facts.name && (facts.place ?? 'initializer') === 'initializer';
    if (!scaleBytes || !inMain || plan.quantizer || overrideOf(facts, options.layers)?.skip) return plan;
    const count = countOf(facts);
    if (facts.role === 'bias' && options.quantizeBias && isWanted(facts, options)) {
      const channels = options.perChannel ? count : 1;
      return { ...plan, bytes: 4 * count + channels * (scaleBytes + 4), encoding: 'int32' };
    }
    if (!isWanted(facts, options) || options.addQDQPairToWeight) return plan;
    const weight = isWeight(facts);
    const own = options.tensorQuantOverrides[facts.name];
    const type: QuantType = own?.[0].quantType ?? (weight ? options.weightType : options.activationType);
    const { bits, signed } = QUANT[type];
    const { channelAxis, dims } = facts;
    const perChannel = weight && options.perChannel && channelAxis !== undefined && !(own && own[0].axis === undefined);
    const channels = perChannel ? dims[channelAxis] : 1;
    const scales = weight && options.blockSize && dims.length === 2 ? Math.ceil(count / options.blockSize) : channels;
    const usual = weight ? (options.weightSymmetric ?? isWeightSymmetric(type)) : options.activationSymmetric;
    const quantizer = affineQuantizer(plan, type, {
      symmetric: perChannel || usual,
      reduceRange: options.reduceRange,
      granularity: perChannel ? 'channel' : 'tensor',
    });
    return {
      ...plan,
      ...(quantizer && { quantizer }),
      bytes: Math.ceil((count * bits) / 8) + Math.ceil(scales * (scaleBytes + bits / 8)),
      encoding: `${signed ? '' : 'u'}int${bits}${perChannel ? ' per channel' : ''}`,
    };
  });
}

function isWeight(facts: LayerFacts): boolean {
  const uses = usesOf(facts);
  return uses ? uses.some((u) => WEIGHTED.has(u.op)) : facts.role === 'weight';
}

/** Whether a node that is to be quantized reads it; without a list of readers its role decides. */
function isWanted(facts: LayerFacts, options: QuantizeStaticOptions): boolean {
  const uses = usesOf(facts);
  if (!uses) return facts.role === 'weight' || facts.role === 'embedding' || facts.role === 'bias';
  const { nodesToQuantize, nodesToExclude, opTypesToQuantize } = options;
  const known: readonly string[] = STATIC_OPS;
  return uses.some(
    ({ op, node }) =>
      known.includes(op) &&
      opTypesToQuantize.includes(op) &&
      (!nodesToQuantize.length || nodesToQuantize.includes(node)) &&
      !nodesToExclude.includes(node),
  );
}
