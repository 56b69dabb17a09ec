import { attr } from './attributes.ts';
import type { FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from './proto.ts';
import { denseTensor } from './sparse.ts';

/** A list of nodes with names of its own: the main graph, a subgraph of If/Loop/Scan, or a model-local function. */
export interface Scope {
  /** '' for the main graph; else a readable path such as `If_3/then_branch/` or `function my.domain:Block/`. */
  readonly path: string;
  readonly graph?: GraphProto;
  readonly fn?: FunctionProto;
  readonly nodes: readonly NodeProto[];
}

function* inside(graph: GraphProto, path: string): Generator<Scope> {
  yield { path, graph, nodes: graph.node };
  yield* subgraphs(graph.node, path);
}

function* subgraphs(nodes: readonly NodeProto[], path: string): Generator<Scope> {
  for (let i = 0; i < nodes.length; i++) {
    for (const a of nodes[i].attribute) {
      const label = `${path}${nodes[i].name || `${nodes[i].opType}_${i}`}/${a.name}/`;
      if (a.g) yield* inside(a.g, label);
      for (let k = 0; k < a.graphs.length; k++) yield* inside(a.graphs[k], `${label}${k}/`);
    }
  }
}

/** Every scope of the model, the main graph first, outer before inner. */
export function* scopes(model: ModelProto): Generator<Scope> {
  if (model.graph) yield* inside(model.graph, '');
  for (const fn of model.functions) {
    const path = `function ${fn.domain}:${fn.name}/`;
    yield { path, fn, nodes: fn.node };
    yield* subgraphs(fn.node, path);
  }
}

/** Where a tensor constant of a scope sits. */
export interface Constant {
  readonly name: string;
  /** Of a sparse initializer the dense tensor that it stands for, which is made when it is read. */
  readonly tensor: TensorProto;
  readonly place: 'initializer' | 'constant-node' | 'sparse-initializer';
}

/** The tensors a scope defines: initializers, sparse initializers, and Constant nodes, in this order. */
export function* constants(scope: Scope): Generator<Constant> {
  for (const tensor of scope.graph?.initializer ?? []) {
    yield { name: tensor.name, tensor, place: 'initializer' };
  }
  for (const s of scope.graph?.sparseInitializer ?? []) {
    if (s.values) yield { name: s.values.name, tensor: denseTensor(s), place: 'sparse-initializer' };
  }
  for (const n of scope.nodes) {
    if (n.opType !== 'Constant' || n.output.length !== 1) continue;
    const tensor = attr(n, 'value')?.t;
    if (tensor) yield { name: n.output[0], tensor, place: 'constant-node' };
  }
}

/**
 * Every scope with its constants, each under an id that is unique in the model: the scope's path and the tensor's name, with `#2`
 * and so on behind it where names or paths repeat (which is not valid, but happens). The order is that of `scopes`.
 */
export function* identified(model: ModelProto): Generator<{ scope: Scope; consts: (Constant & { id: string })[] }> {
  const used = new Map<string, number>();
  const unique = (id: string): string => {
    const n = (used.get(id) ?? 0) + 1;
    used.set(id, n);
    return n === 1 ? id : unique(`${id}#${n}`);
  };
  for (const scope of scopes(model)) {
    yield { scope, consts: Array.from(constants(scope), (c) => ({ ...c, id: unique(scope.path + c.name) })) };
  }
}
