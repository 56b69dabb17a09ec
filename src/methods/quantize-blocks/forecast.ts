import { countOf, overrideOf } from '../layers.ts';
import { usesOf } from '../ort/forecast.ts';
import type { LayerFacts, LayerPlan, Quantizer } from '../types.ts';
import type { QuantizeBlocksOptions } from './options.ts';
import { bytesOfMatMul, bytesOfTable, isWanted, nameOfBlocks, planMatMul, scaleBytesOf } from './plan.ts';

const DTYPES: ReadonlySet<string> = new Set(['float32', 'float16', 'bfloat16']);

/** Plans of the weights that become blocks: the bytes to the byte, where the uses of a weight are known or can be told by its role. */
export function forecastQuantizeBlocks(plans: LayerPlan[], options: QuantizeBlocksOptions): LayerPlan[] {
  return plans.map((plan) => {
    const { facts } = plan;
    const half = plan.quantizer?.kind === 'float16';
    if ((plan.quantizer && !half) || !DTYPES.has(facts.dtype)) return plan;
    if (overrideOf(facts, options.layers)?.skip || (facts.place ?? 'initializer') !== 'initializer') return plan;
    const scaleBytes = half ? 2 : scaleBytesOf(facts.dtype);
    const node = nodesOf(facts).find((n) => isWanted(n.op, n.node, options));
    if (!node) return plan;
    if (node.op === 'Gather') {
      if (options.bits !== 4) return plan;
      const { dims } = facts;
      const axis = options.quantAxes.Gather ?? 1;
      const bytes = bytesOfTable(dims, axis < 0 ? axis + dims.length : axis, options, scaleBytes);
      return changed(plan, bytes, 4, options.blockSize, options.isSymmetric);
    }
    const blocks = planMatMul(node.node, facts.dims, options);
    if (!blocks) return plan;
    const [K, N] = facts.dims.slice(-2);
    return changed(plan, bytesOfMatMul(blocks, K, N, options, scaleBytes), blocks.bits, blocks.block, blocks.symmetric);
  });
}

function changed(plan: LayerPlan, bytes: number, bits: number, block: number, symmetric: boolean): LayerPlan {
  const quantizer = quantizerOf(plan, bits, block, symmetric);
  return { ...plan, bytes, encoding: nameOfBlocks(bits, block, symmetric), ...(quantizer && { quantizer }) };
}

function quantizerOf(plan: LayerPlan, bits: number, block: number, symmetric: boolean): Quantizer | undefined {
  const { sketch } = plan.facts;
  if (!sketch || countOf(plan.facts) === 0) return undefined;
  const levels = 2 ** bits;
  const plain = { offset: 0, clip: 1, sign: false, stepped: false };
  const common = { kind: 'affine', bits, granularity: 'block', block, ...plain } as const;
  if (symmetric) {
    // The end of larger magnitude gets the lowest integer; which end that is changes from block to block.
    const qmax = levels / 2;
    return { ...common, scale: Math.max(sketch.max, -sketch.min) / qmax, zeroPoint: 0, qmin: -qmax, qmax };
  }
  const low = Math.min(sketch.min, 0);
  const scale = (Math.max(sketch.max, 0) - low) / (levels - 1);
  const zeroPoint = scale > 0 ? Math.round(-low / scale) : 0;
  return { ...common, scale, zeroPoint, qmin: 0, qmax: levels - 1 };
}

/** The MatMuls and Gathers that read a weight: as listed, else one without a name that its role and axis tell. */
function nodesOf(facts: LayerFacts): { op: string; node: string }[] {
  const uses = usesOf(facts);
  if (uses) return uses.filter((u) => u.input === (u.op === 'Gather' ? 0 : 1)).map(({ op, node }) => ({ op, node }));
  const { role, dims, channelAxis } = facts;
  if (role === 'embedding') return [{ op: 'Gather', node: '' }];
  if (role === 'weight' && dims.length >= 2 && channelAxis === dims.length - 1) return [{ op: 'MatMul', node: '' }];
  return [];
}
