import type {
  AttributeProto,
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  SparseTensorProto,
  TensorProto,
} from './proto.ts';
import { copyWith } from './proto.ts';

/** Applies `fn` to each element and keeps the very same array when nothing changed. */
function mapSame<T>(items: T[], fn: (item: T) => T): T[] {
  let out: T[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = fn(items[i]);
    if (item !== items[i] && !out) out = items.slice(0, i);
    if (out) out.push(item);
  }
  return out ?? items;
}

/** What a walk may replace. Each function gives the same object back to leave it alone. */
export interface Visitor {
  tensor?(tensor: TensorProto): TensorProto;
  /** Called on each graph after everything inside it was visited. */
  graph?(graph: GraphProto): GraphProto;
}

function sparse(s: SparseTensorProto, v: Visitor): SparseTensorProto {
  if (!v.tensor) return s;
  const values = s.values && v.tensor(s.values);
  const indices = s.indices && v.tensor(s.indices);
  return values === s.values && indices === s.indices ? s : copyWith(s, { values, indices });
}

function attribute(a: AttributeProto, v: Visitor): AttributeProto {
  const t = a.t && v.tensor ? v.tensor(a.t) : a.t;
  const g = a.g && mapGraph(a.g, v);
  const tensors = v.tensor ? mapSame(a.tensors, v.tensor) : a.tensors;
  const graphs = mapSame(a.graphs, (x) => mapGraph(x, v));
  const sparseTensor = a.sparseTensor && sparse(a.sparseTensor, v);
  const sparseTensors = mapSame(a.sparseTensors, (x) => sparse(x, v));
  const same =
    t === a.t &&
    g === a.g &&
    tensors === a.tensors &&
    graphs === a.graphs &&
    sparseTensor === a.sparseTensor &&
    sparseTensors === a.sparseTensors;
  if (same) return a;
  const changes: Partial<AttributeProto> = { tensors, graphs, sparseTensors };
  if (t) changes.t = t;
  if (g) changes.g = g;
  if (sparseTensor) changes.sparseTensor = sparseTensor;
  return copyWith(a, changes);
}

function node(n: NodeProto, v: Visitor): NodeProto {
  if (n.attribute.length === 0) return n;
  const attributes = mapSame(n.attribute, (a) => attribute(a, v));
  return attributes === n.attribute ? n : copyWith(n, { attribute: attributes });
}

/** A graph with every tensor and subgraph in it passed through the visitor; what did not change is shared. */
export function mapGraph(g: GraphProto, v: Visitor): GraphProto {
  const nodes = mapSame(g.node, (n) => node(n, v));
  const initializer = v.tensor ? mapSame(g.initializer, v.tensor) : g.initializer;
  const sparseInitializer = mapSame(g.sparseInitializer, (s) => sparse(s, v));
  const same = nodes === g.node && initializer === g.initializer && sparseInitializer === g.sparseInitializer;
  const mapped = same ? g : copyWith(g, { node: nodes, initializer, sparseInitializer });
  return v.graph ? v.graph(mapped) : mapped;
}

function mapFunction(f: FunctionProto, v: Visitor): FunctionProto {
  const nodes = mapSame(f.node, (n) => node(n, v));
  const attributeProto = mapSame(f.attributeProto, (a) => attribute(a, v));
  return nodes === f.node && attributeProto === f.attributeProto ? f : copyWith(f, { node: nodes, attributeProto });
}

/** A model with every tensor, in whatever place, and every graph passed through the visitor. */
export function mapModel(m: ModelProto, v: Visitor): ModelProto {
  const graph = m.graph && mapGraph(m.graph, v);
  const functions = mapSame(m.functions, (f) => mapFunction(f, v));
  const trainingInfo = mapSame(m.trainingInfo, (t) => {
    const initialization = t.initialization && mapGraph(t.initialization, v);
    const algorithm = t.algorithm && mapGraph(t.algorithm, v);
    if (initialization === t.initialization && algorithm === t.algorithm) return t;
    return copyWith(t, { ...(initialization && { initialization }), ...(algorithm && { algorithm }) });
  });
  if (graph === m.graph && functions === m.functions && trainingInfo === m.trainingInfo) return m;
  return copyWith(m, { ...(graph && { graph }), functions, trainingInfo });
}
