import { dtypeName } from './dtypes.ts';
import { type Model, mainGraph } from './model.ts';
import type { NodeProto, TypeProto, ValueInfoProto } from './proto.ts';
import { scopes } from './scopes.ts';
import { sizeOf, storedBytes } from './tensor.ts';
import { isQuantizedOp, listWeights } from './weights.ts';

/** An input or an output as people read it. */
export interface ValueSummary {
  name: string;
  kind: 'tensor' | 'sparse-tensor' | 'sequence' | 'optional' | 'map' | 'unknown';
  /** The element's dtype; of a sequence, optional or map that of what it holds; '' when the file does not say. */
  dtype: string;
  /** A number, the name of a symbolic dim, or null for an unknown one; null as a whole when the rank is unknown. */
  dims: (number | string | null)[] | null;
}

/** What a model is, at a glance. Plain JSON: it can be posted between threads and printed. */
export interface ModelInfo {
  name: string;
  /** Bytes of the file and of its external data. */
  bytes: number;
  irVersion: number;
  /** Version by domain, as the file states them; '' is the default domain. */
  opsets: Record<string, number>;
  producer: { name: string; version: string };
  description: string;
  /** Inputs that a caller must feed: graph inputs that no initializer gives a default. */
  inputs: ValueSummary[];
  outputs: ValueSummary[];
  /** Operators of the main graph, its subgraphs and the functions' bodies, most frequent first. */
  operators: { domain: string; op: string; count: number }[];
  nodes: number;
  /** Tensor constants in whatever place, and the bytes they take. */
  tensors: number;
  weightBytes: number;
  /** Elements of all tensor constants but integer shapes, indices and the like. */
  parameters: number;
  /** Names of the external-data files; empty when the weights are inside. */
  external: string[];
  functions: { domain: string; name: string; nodes: number }[];
  /** Whether operators of a quantized model are in it. */
  quantized: boolean;
  metadata: { key: string; value: string }[];
}

const KINDS = {
  tensorType: 'tensor',
  sparseTensorType: 'sparse-tensor',
  sequenceType: 'sequence',
  optionalType: 'optional',
  mapType: 'map',
} as const;

/** The kind, dtype and dims of a type. */
export function summarizeType(type: TypeProto | undefined): Omit<ValueSummary, 'name'> {
  const value = type?.value;
  switch (value?.case) {
    case 'tensorType':
    case 'sparseTensorType': {
      const { elemType, shape } = value.value;
      const dims = shape
        ? shape.dim.map(({ value: d }) => {
            if (d.case === 'dimParam') return d.value || null;
            // Old exporters say −1 for a dim they do not know.
            return d.case === 'dimValue' && d.value >= 0n ? Number(d.value) : null;
          })
        : null;
      return { kind: KINDS[value.case], dtype: elemType ? dtypeName(elemType) : '', dims };
    }
    case 'sequenceType':
    case 'optionalType': {
      const { dtype, dims } = summarizeType(value.value.elemType);
      return { kind: KINDS[value.case], dtype, dims };
    }
    case 'mapType':
      return { kind: 'map', dtype: summarizeType(value.value.valueType).dtype, dims: null };
    default:
      return { kind: 'unknown', dtype: '', dims: null };
  }
}

function summarizeValue(v: ValueInfoProto): ValueSummary {
  return { name: v.name, ...summarizeType(v.type) };
}

/**
 * The summary that the page and the command line show. Reads no payload.
 * @throws PareError `model/corrupt` when the model has no graph or a tensor impossible dims
 */
export function summarize(model: Model): ModelInfo {
  const graph = mainGraph(model);
  const { proto } = model;
  const defaults = new Set(graph.initializer.map((t) => t.name));
  for (const s of graph.sparseInitializer) if (s.values) defaults.add(s.values.name);

  const counts = new Map<string, { domain: string; op: string; count: number }>();
  let quantized = false;
  const count = (n: NodeProto) => {
    const domain = n.domain === 'ai.onnx' ? '' : n.domain;
    const key = `${domain}\0${n.opType}`;
    const entry = counts.get(key);
    if (entry) entry.count++;
    else counts.set(key, { domain, op: n.opType, count: 1 });
    quantized ||= isQuantizedOp(n.opType);
  };
  for (const scope of scopes(proto)) scope.nodes.forEach(count);
  const operators = [...counts.values()].sort(
    (a, b) => b.count - a.count || (a.op < b.op ? -1 : a.op > b.op ? 1 : a.domain < b.domain ? -1 : 1),
  );

  const weights = listWeights(proto);
  let parameters = 0;
  let weightBytes = 0;
  for (const { tensor, role } of weights) {
    weightBytes += storedBytes(tensor);
    const integer = /^u?int|^bool|^string/.test(dtypeName(tensor.dataType ?? 0));
    if (role !== 'constant' || !integer) parameters += sizeOf(tensor);
  }

  return {
    name: model.name,
    bytes: model.bytes,
    irVersion: Number(proto.irVersion),
    opsets: Object.fromEntries(proto.opsetImport.map((o) => [o.domain, Number(o.version)])),
    producer: { name: proto.producerName, version: proto.producerVersion },
    description: proto.docString,
    inputs: graph.input.filter((v) => !defaults.has(v.name)).map(summarizeValue),
    outputs: graph.output.map(summarizeValue),
    operators,
    nodes: operators.reduce((n, o) => n + o.count, 0),
    tensors: weights.length,
    weightBytes,
    parameters,
    external: [...model.external],
    functions: proto.functions.map((f) => ({ domain: f.domain, name: f.name, nodes: f.node.length })),
    quantized,
    metadata: proto.metadataProps.map(({ key, value }) => ({ key, value })),
  };
}
