import { countOf, overrideOf } from '../layers.ts';
import { isWeightSymmetric, type QuantType } from '../ort/arithmetic.ts';
import { affineQuantizer, usesOf } from '../ort/forecast.ts';
import type { LayerFacts, LayerPlan } from '../types.ts';
import type { QuantizeDynamicOptions } from './options.ts';

/**
 * Plans of the weights that become 8-bit integers. Which operators read a weight is known from its uses, or guessed from
 * its role and channel axis where those are not given; node names in include and exclude lists are known by the uses only.
 */
export function forecastQuantizeDynamic(plans: LayerPlan[], options: QuantizeDynamicOptions): LayerPlan[] {
  const unsigned = plans.some((p) => opsOf(p.facts).some((op) => op === 'Conv'));
  const own: QuantType = options.weightType === 'auto' ? (unsigned ? 'QUInt8' : 'QInt8') : options.weightType;
  return plans.map((plan) => {
    const { facts } = plan;
    const op = opsOf(facts).find((o) => isWanted(facts, o, options));
    if (!op || plan.quantizer || facts.dtype !== 'float32' || overrideOf(facts, options.layers)?.skip) return plan;
    if (facts.place !== undefined && facts.place !== 'initializer') return plan;
    if (facts.id !== facts.name && !options.enableSubgraph) return plan;
    const activation = op === 'Gather' || op === 'EmbedLayerNormalization';
    const type: QuantType = op === 'LSTM' ? 'QInt8' : activation ? 'QUInt8' : own;
    const channels = channelsOf(facts, op, options.perChannel);
    const symmetric =
      activation && type !== own ? options.activationSymmetric : (options.weightSymmetric ?? isWeightSymmetric(type));
    const quantizer = affineQuantizer(plan, type, {
      symmetric,
      reduceRange: options.reduceRange && !activation,
      granularity: channels > 1 ? 'channel' : 'tensor',
    });
    return {
      ...plan,
      ...(quantizer && { quantizer }),
      bytes: countOf(facts) + channels * 5,
      encoding: `${type === 'QUInt8' ? 'u' : ''}int8${channels > 1 ? ' per channel' : ''}`,
    };
  });
}

/** How many scales the weight gets. */
function channelsOf({ dims }: LayerFacts, op: string, perChannel: boolean): number {
  if (op === 'LSTM') return perChannel ? dims[0] * dims[1] : dims[0];
  return perChannel && (op === 'MatMul' || op === 'Gemm' || op === 'Attention')
    ? op === 'Gemm'
      ? Math.min(...dims)
      : dims.at(-1)!
    : 1;
}

function isWanted(facts: LayerFacts, op: string, options: QuantizeDynamicOptions): boolean {
  const wanted: readonly string[] = options.opTypesToQuantize;
  if (!wanted.includes(op === 'Gemm' ? 'MatMul' : op)) return false;
  const nodes = usesOf(facts)
    ?.filter((u) => u.op === op)
    .map((u) => (op === 'Gemm' ? `${u.node}_MatMul` : u.node));
  if (!nodes) return true;
  const { nodesToQuantize, nodesToExclude } = options;
  return nodes.some((n) => (!nodesToQuantize.length || nodesToQuantize.includes(n)) && !nodesToExclude.includes(n));
}

/** The operators that read a weight: as listed, else what its role and axes say. */
function opsOf(facts: LayerFacts): string[] {
  const uses = usesOf(facts);
  if (uses) return uses.map((u) => u.op);
  const { role, dims, channelAxis } = facts;
  if (role === 'embedding') return ['Gather'];
  if (role === 'recurrent') return dims.length === 3 ? ['LSTM'] : [];
  if (role !== 'weight') return [];
  if (channelAxis === dims.length - 1) return ['MatMul'];
  if (channelAxis === 0) return dims.length === 2 ? ['Gemm'] : ['Conv'];
  return [];
}
