import { countOf, overrideOf } from '../layers.ts';
import { isWeightSymmetric, type QuantType } from '../ort/arithmetic.ts';
import { affineQuantizer, usesOf } from '../ort/forecast.ts';
import type { LayerFacts, LayerPlan } from '../types.ts';
import type { QuantizeDynamicOptions } from './options.ts';

/**
 * Plans of the weights that become 8-bit integers. Which operators read a weight is known from its uses, or guessed from
 * its role and channel axis where those are not given; node names in include and exclude lists are known by the uses only. A
 * weight of the main graph that only bodies read is taken for quantized: its uses do not say where they are.
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
function channelsOf({ dims, channelAxis }: LayerFacts, op: string, perChannel: boolean): number {
  if (op === 'LSTM') return perChannel ? dims[0] * dims[1] : dims[0];
  if (!perChannel || !['MatMul', 'Gemm', 'Attention'].includes(op)) return 1;
  return dims[channelAxis ?? dims.length - 1];
}

/** Which inputs of an operator are quantized when they are constant. */
const INPUTS: Readonly<Record<string, readonly number[]>> = {
  MatMul: [1],
  Gemm: [1],
  Conv: [1],
  Attention: [1],
  Gather: [0],
  LSTM: [1, 2],
  EmbedLayerNormalization: [2, 3, 4, 5, 6],
};

function isWanted(facts: LayerFacts, op: string, options: QuantizeDynamicOptions): boolean {
  const wanted: readonly string[] = options.opTypesToQuantize;
  if (!wanted.includes(op === 'Gemm' ? 'MatMul' : op)) return false;
  const uses = usesOf(facts)?.filter((u) => u.op === op && INPUTS[op]?.includes(u.input));
  if (!uses) return true;
  const { nodesToQuantize, nodesToExclude } = options;
  return uses.some(({ node }) => {
    const name = op === 'Gemm' ? `${node}_MatMul` : node;
    return (!nodesToQuantize.length || nodesToQuantize.includes(name)) && !nodesToExclude.includes(name);
  });
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
