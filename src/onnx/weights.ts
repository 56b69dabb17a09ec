import { attrInt, attrInts } from './attributes.ts';
import type { ModelProto, NodeProto, TensorProto } from './proto.ts';
import { type Constant, identified, type Scope } from './scopes.ts';

/**
 * What a tensor is for. `weight`, `embedding` and `recurrent` are what compression is about; `bias` and `norm` stay
 * float by default; `quantized` is already compressed; `constant` is everything else (shapes, tables, scalars).
 */
export type Role = 'weight' | 'embedding' | 'recurrent' | 'bias' | 'norm' | 'quantized' | 'constant';

/** One input of one node that takes the tensor, past any Identity, Cast or Transpose in between. */
export interface Use {
  readonly op: string;
  /** The node's name, or its first output when it has none. */
  readonly node: string;
  readonly input: number;
  /** Of a convolution that is grouped. */
  readonly group?: number;
}

export interface Weight {
  /** Unique in the model: the scope's path and the tensor's name (`scopes.ts`). In the main graph it is the name. */
  readonly id: string;
  readonly name: string;
  readonly tensor: TensorProto;
  readonly place: Constant['place'];
  readonly role: Role;
  /** The axis along which output channels lie, for per-channel scales; undefined when there is none. */
  readonly channelAxis?: number;
  readonly uses: readonly Use[];
}

interface Guess {
  role: Role;
  axis?: number;
}

const QUANTIZED_OPS =
  /^(DequantizeLinear|QLinear|QGemm|QAttention|QMoE|ConvInteger|MatMulInteger|MatMulNBits|MatMulBnb4|GatherBlockQuantized|DynamicQuantize)/;

/** Whether an operator works on quantized numbers, in ONNX's domain or in ONNX Runtime's. */
export function isQuantizedOp(op: string): boolean {
  return QUANTIZED_OPS.test(op) || op === 'QuantizeLinear';
}

/** What an operator's input `i` of rank `rank` is. Axes as in onnxruntime/quantization/operators. */
function guess(node: NodeProto, i: number, rank: number): Guess {
  const op = node.opType;
  if (QUANTIZED_OPS.test(op)) return { role: 'quantized' };
  switch (op) {
    case 'Conv':
      return i === 1 ? { role: 'weight', axis: 0 } : { role: i === 2 ? 'bias' : 'constant' };
    case 'ConvTranspose':
      return i === 1 ? { role: 'weight', axis: 1 } : { role: i === 2 ? 'bias' : 'constant' };
    case 'Gemm':
      if (i === 0) return { role: 'weight', axis: attrInt(node, 'transA', 0) ? 1 : 0 };
      return i === 1 ? { role: 'weight', axis: attrInt(node, 'transB', 0) ? 0 : 1 } : { role: 'bias' };
    case 'MatMul':
    case 'FusedMatMul':
      if (rank < 2) return { role: 'weight' };
      return { role: 'weight', axis: i === 0 ? rank - 2 : rank - 1 };
    case 'Gather':
      if (i === 0 && rank === 2 && attrInt(node, 'axis', 0) === 0) return { role: 'embedding', axis: 0 };
      return { role: 'constant' };
    case 'EmbedLayerNormalization':
      return i >= 2 && i <= 4 ? { role: 'embedding', axis: 0 } : { role: i > 4 ? 'norm' : 'constant' };
    case 'LSTM':
    case 'GRU':
    case 'RNN':
      if (i === 1 || i === 2) return { role: 'recurrent', axis: 1 };
      return { role: i === 3 ? 'bias' : 'constant' };
    case 'Attention':
      return i === 1 ? { role: 'weight', axis: 1 } : { role: i === 2 ? 'bias' : 'constant' };
    case 'BatchNormalization':
    case 'LayerNormalization':
    case 'InstanceNormalization':
    case 'GroupNormalization':
    case 'SkipLayerNormalization':
    case 'RMSNormalization':
    case 'SimplifiedLayerNormalization':
    case 'SkipSimplifiedLayerNormalization':
    case 'PRelu':
      return { role: 'norm' };
    case 'Add':
    case 'Sub':
      return { role: rank >= 1 ? 'bias' : 'constant' };
    default:
      return { role: 'constant' };
  }
}

const RANKING: readonly Role[] = ['weight', 'recurrent', 'embedding', 'quantized', 'norm', 'bias', 'constant'];

/** Who takes each value of a scope, subgraphs included (they see the outer names). */
export function consumersOf(scope: Scope): Map<string, { node: NodeProto; input: number }[]> {
  const map = new Map<string, { node: NodeProto; input: number }[]>();
  const add = (nodes: readonly NodeProto[]) => {
    for (const node of nodes) {
      for (let input = 0; input < node.input.length; input++) {
        const name = node.input[input];
        if (!name) continue;
        const list = map.get(name);
        if (list) list.push({ node, input });
        else map.set(name, [{ node, input }]);
      }
      for (const a of node.attribute) {
        if (a.g) add(a.g.node);
        for (const g of a.graphs) add(g.node);
      }
    }
  };
  add(scope.nodes);
  return map;
}

/** A tensor is followed through at most this many nodes that only carry it. */
const MAX_CARRIERS = 64;

/** Follows a tensor through the nodes that only carry it, and gathers what its real consumers make of it. */
function follow(
  name: string,
  rank: number,
  axes: readonly number[] | undefined,
  consumers: ReturnType<typeof consumersOf>,
  seen: Set<string>,
  found: { guess: Guess; use: Use }[],
): void {
  // Names that come back to themselves are not valid, but must not be followed for ever either.
  if (seen.has(name)) return;
  seen.add(name);
  for (const { node, input } of consumers.get(name) ?? []) {
    const carries = input === 0 && seen.size <= MAX_CARRIERS && node.output.length === 1;
    if (carries && (node.opType === 'Identity' || node.opType === 'Cast')) {
      follow(node.output[0], rank, axes, consumers, seen, found);
    } else if (carries && node.opType === 'Transpose') {
      const perm = attrInts(node, 'perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
      follow(node.output[0], rank, axes && perm.map((p) => axes[p]), consumers, seen, found);
    } else if (carries && (node.opType === 'Reshape' || node.opType === 'Unsqueeze' || node.opType === 'Squeeze')) {
      follow(node.output[0], rank, undefined, consumers, seen, found);
    } else {
      const g = guess(node, input, rank);
      const axis = g.axis === undefined || !axes ? undefined : axes[g.axis];
      const group = attrInt(node, 'group', 1);
      found.push({
        guess: { role: g.role, axis },
        use: { op: node.opType, node: node.name || node.output[0] || '', input, ...(group > 1 && { group }) },
      });
    }
  }
}

/** Every tensor constant of the model, in file order, with what it is for. Reads no payload. */
export function listWeights(model: ModelProto): Weight[] {
  const out: Weight[] = [];
  for (const { scope, consts } of identified(model)) {
    const consumers = consumersOf(scope);
    for (const { id, name, tensor, place } of consts) {
      const found: { guess: Guess; use: Use }[] = [];
      const rank = tensor.dims.length;
      follow(
        name,
        rank,
        Array.from({ length: rank }, (_, i) => i),
        consumers,
        new Set(),
        found,
      );
      found.sort((a, b) => RANKING.indexOf(a.guess.role) - RANKING.indexOf(b.guess.role));
      const best = found[0]?.guess ?? { role: 'constant' as const };
      // Two consumers that see different channel axes: no axis is right for both.
      const axes = new Set(found.filter((f) => f.guess.role === best.role).map((f) => f.guess.axis));
      const channelAxis = axes.size === 1 ? best.axis : undefined;
      const uses = found.map((f) => f.use);
      out.push({ id, name, tensor, place, role: best.role, channelAxis, uses });
    }
  }
  return out;
}

/** Whether compression is about this tensor at all: a float weight of a layer, not a bias, a norm or a shape. */
export function isCompressible(weight: Pick<Weight, 'role'>): boolean {
  return weight.role === 'weight' || weight.role === 'embedding' || weight.role === 'recurrent';
}
