import { attrInt, attrString } from './attributes.ts';
import { dtypeName } from './dtypes.ts';
import { type Model, mainGraph } from './model.ts';
import type { GraphProto, NodeProto } from './proto.ts';
import type { Dims } from './shapes/dims.ts';
import type { ValueShape } from './shapes/infer.ts';
import { einsumDims, einsumLabels } from './shapes/ops/matrix.ts';
import { sizeOf } from './tensor.ts';
import { listWeights } from './weights.ts';

export interface NodeCost {
  /** The node's name, or its first output when it has none. */
  readonly node: string;
  readonly op: string;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
  /** Elements of the constants that are this node's, whichever node takes them first. */
  readonly parameters: number;
}

export interface Costs {
  total: number;
  parameters: number;
  /** Every node that multiplies or has parameters, subgraphs included, by its first output. */
  perNode: Map<string, NodeCost>;
  /** First outputs of nodes that multiply, whose shapes are not known. Nothing is counted for them. */
  unknown: string[];
}

/** Symbolic dims count as 1, so that a free batch gives the cost of one sample; undefined when a dim is unknown. */
function sizes(dims: Dims | null | undefined): number[] | undefined {
  const out = dims?.map((d) =>
    typeof d === 'number' ? d : d === null ? Number.NaN : Number(/^\d+(?=\*)/.exec(d)?.[0] ?? 1),
  );
  return out?.some(Number.isNaN) ? undefined : out;
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

type Lookup = (name: string | undefined) => number[] | undefined;

/** Output elements times what each of them sums over: input channels of its group, and the kernel. */
function convMacs(node: NodeProto, of: Lookup, w: number): number | undefined {
  const [out, weight] = [of(node.output[0]), of(node.input[w])];
  return out && weight && product(out) * product(weight.slice(1));
}

/** Each input element goes into output channels of its group times the kernel. */
function convTransposeMacs(node: NodeProto, of: Lookup): number | undefined {
  const [x, weight] = [of(node.input[0]), of(node.input[1])];
  return x && weight && product(x) * product(weight.slice(1));
}

/** Output elements times the length of the dim that is summed over: the last of `a`, or the one before it. */
function matmulMacs(node: NodeProto, of: Lookup, a: number, transposed = false): number | undefined {
  const [out, x] = [of(node.output[0]), of(node.input[a])];
  const inner = x?.[transposed ? x.length - 2 : x.length - 1];
  return out && inner !== undefined ? product(out) * inner : undefined;
}

/** Gates per cell: LSTM 4, GRU 3, RNN 1; each takes the input and the hidden state, at every step and in every direction. */
function recurrentMacs(node: NodeProto, of: Lookup): number | undefined {
  const [x, w, r] = [of(node.input[0]), of(node.input[1]), of(node.input[2])];
  return x?.length === 3 && w && r ? x[0] * x[1] * (product(w) + product(r)) : undefined;
}

/** Queries against keys, then scores against values: of Q [B, S, D], K [B, T, D] and V [B, T, E] (3-D), or with heads (4-D). */
function attentionMacs(q?: number[], k?: number[], v?: number[]): number | undefined {
  if (!q || !k || !v || q.length !== k.length || q.length < 3) return undefined;
  const keys = k[k.length - 2];
  const values = q.length === 4 ? q[0] * q[1] * q[2] * v[3] : q[0] * q[1] * (v[2] / k[2]) * q[2];
  return product(q) * keys + values * keys;
}

/** com.microsoft Attention: one projection to queries, keys and values, then attention. */
function fusedAttentionMacs(node: NodeProto, of: Lookup): number | undefined {
  const [x, w] = [of(node.input[0]), of(node.input[1])];
  if (x?.length !== 3 || !w) return undefined;
  const d = w[1] / 3;
  return product(x) * w[1] + 2 * x[0] * x[1] * x[1] * d;
}

function einsumMacs(node: NodeProto, of: Lookup): number | undefined {
  const labels = einsumLabels(attrString(node, 'equation', ''));
  const shapes = node.input.map((name) => of(name) ?? null);
  if (!labels || labels.inputs.length < 2) return labels ? 0 : undefined;
  const dims = einsumDims(labels.inputs, shapes);
  return dims && product([...dims.values()].flat().map(Number)) * (labels.inputs.length - 1);
}

/** The multiply-accumulates of a node; undefined when they cannot be told, 0 for operators that are not counted. */
function macsOf(node: NodeProto, of: Lookup): number | undefined {
  switch (node.opType) {
    case 'Conv':
    case 'FusedConv':
    case 'ConvInteger':
    case 'DeformConv':
      return convMacs(node, of, 1);
    case 'QLinearConv':
      return convMacs(node, of, 3);
    case 'ConvTranspose':
      return convTransposeMacs(node, of);
    case 'Gemm':
    case 'FusedGemm':
    case 'QGemm':
    case 'FusedMatMul':
      return matmulMacs(node, of, 0, attrInt(node, 'transA', 0) === 1);
    case 'MatMul':
    case 'MatMulInteger':
    case 'MatMulIntegerToFloat':
    case 'DynamicQuantizeMatMul':
    case 'QLinearMatMul':
    case 'MatMulNBits':
    case 'MatMulBnb4':
      return matmulMacs(node, of, 0);
    case 'LSTM':
    case 'GRU':
    case 'RNN':
      return recurrentMacs(node, of);
    case 'MultiHeadAttention':
      return attentionMacs(of(node.input[0]), of(node.input[1]), of(node.input[2]));
    case 'Attention':
      if (node.domain === 'com.microsoft') return fusedAttentionMacs(node, of);
      return attentionMacs(of(node.input[0]), of(node.input[1]), of(node.input[2]));
    case 'Einsum':
      return einsumMacs(node, of);
    default:
      return 0;
  }
}

/** Elements of the model's float, or quantized, tensors by the node that takes them first. Shapes, indices and scalars of code are none. */
function parametersByNode(model: Model): { total: number; byNode: Map<string, number> } {
  const byNode = new Map<string, number>();
  let total = 0;
  for (const { tensor, role, uses } of listWeights(model.proto)) {
    const integer = /^u?int|^bool|^string/.test(dtypeName(tensor.dataType ?? 0));
    if (role === 'constant' && integer) continue;
    const count = sizeOf(tensor);
    total += count;
    const first = uses[0]?.node;
    if (first !== undefined) byNode.set(first, (byNode.get(first) ?? 0) + count);
  }
  return { total, byNode };
}

/**
 * Multiply-accumulates and parameters of each node and of the model, by the usual rules: a MAC for each product that is summed
 * up in convolutions, matrix products, recurrent layers and attention, quantized ones alike; none for biases, activations and
 * normalisations (as in Howard et al. 2017, arXiv 1704.04861, table 4). Of an If the dearer branch counts, of a Loop or Scan
 * one turn. Reads no weights.
 * @param shapes of `inferShapes` for this model; a symbolic dim counts as 1
 */
export function countMacs(model: Model, shapes: ReadonlyMap<string, ValueShape>): Costs {
  const { total: parameters, byNode } = parametersByNode(model);
  const perNode = new Map<string, NodeCost>();
  const unknown: string[] = [];
  const of: Lookup = (name) => (name ? sizes(shapes.get(name)?.dims) : undefined);
  const inGraph = (graph: GraphProto): number => {
    let sum = 0;
    for (const node of graph.node) {
      const label = node.name || node.output[0] || '';
      const macs = macsOf(node, of);
      const key = node.output.find((name) => name) ?? label;
      if (macs === undefined) unknown.push(key);
      const own = byNode.get(label) ?? 0;
      byNode.delete(label);
      if (macs || own || macs === undefined)
        perNode.set(key, { node: label, op: node.opType, macs: macs ?? 0, parameters: own });
      const inner = node.attribute.flatMap((a) => (a.g ? [a.g] : a.graphs)).map(inGraph);
      sum += (macs ?? 0) + Math.max(0, ...inner);
    }
    return sum;
  };
  return { total: inGraph(mainGraph(model)), parameters, perNode, unknown };
}
