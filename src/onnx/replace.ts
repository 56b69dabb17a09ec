import { attr } from './attributes.ts';
import type { Model } from './model.ts';
import { copyWith, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './proto.ts';

/**
 * What takes a weight's place: another tensor under the same name, or initializers and nodes, the last of which
 * makes a value of that name, so that its consumers need no change.
 */
export type Replacement =
  | { tensor: TensorProto }
  | { initializers: readonly TensorProto[]; nodes: readonly NodeProto[] };

/** One scope's replacements, by tensor name. */
function replaceInGraph(graph: GraphProto, replacements: ReadonlyMap<string, Replacement>): GraphProto {
  const initializer: TensorProto[] = [];
  const front: NodeProto[] = [];
  const replaced = new Set<string>();
  for (const tensor of graph.initializer) {
    const r = replacements.get(tensor.name);
    if (!r) initializer.push(tensor);
    else if ('tensor' in r) initializer.push(copyWith(r.tensor, { name: tensor.name }));
    else {
      initializer.push(...r.initializers);
      front.push(...r.nodes);
      replaced.add(tensor.name);
    }
  }
  const nodes: NodeProto[] = [];
  for (const n of graph.node) {
    const r = n.opType === 'Constant' ? replacements.get(n.output[0]) : undefined;
    if (!r) nodes.push(n);
    else if ('tensor' in r) {
      const value = attr(n, 'value')!;
      nodes.push(copyWith(n, { attribute: n.attribute.map((a) => (a === value ? copyWith(a, { t: r.tensor }) : a)) }));
    } else {
      initializer.push(...r.initializers);
      nodes.push(...r.nodes);
    }
  }
  // A value that a node makes can no longer be a graph input with a default (IR version 3 lists every initializer so).
  const input = replaced.size ? graph.input.filter((i) => !replaced.has(i.name)) : graph.input;
  return copyWith(graph, { initializer, input, node: front.length ? [...front, ...nodes] : nodes });
}

/**
 * A model with some weights replaced, by id (`weights.ts`). Everything else is shared with the old one.
 * Weights in functions and sparse initializers are not replaced; callers leave them alone.
 */
export function replaceWeights(model: Model, replacements: ReadonlyMap<string, Replacement>): Model {
  if (replacements.size === 0 || !model.proto.graph) return model;
  const graph = walk(model.proto.graph, '', replacements);
  return { ...model, proto: copyWith<ModelProto>(model.proto, { graph }) };
}

function walk(graph: GraphProto, path: string, replacements: ReadonlyMap<string, Replacement>): GraphProto {
  // Subgraphs first; their paths are made as `scopes.ts` makes them, from the nodes as they were.
  let node = graph.node;
  graph.node.forEach((n, i) => {
    if (!n.attribute.some((a) => a.g || a.graphs.length)) return;
    const attribute = n.attribute.map((a) => {
      const label = `${path}${n.name || `${n.opType}_${i}`}/${a.name}/`;
      if (a.g) return copyWith(a, { g: walk(a.g, label, replacements) });
      if (a.graphs.length)
        return copyWith(a, { graphs: a.graphs.map((g, k) => walk(g, `${label}${k}/`, replacements)) });
      return a;
    });
    if (node === graph.node) node = [...graph.node];
    node[i] = copyWith(n, { attribute });
  });
  const own = new Map<string, Replacement>();
  for (const [id, r] of replacements) {
    const name = id.startsWith(path) ? id.slice(path.length) : undefined;
    if (name !== undefined) own.set(name, r);
  }
  const inner = node === graph.node ? graph : copyWith(graph, { node });
  return own.size ? replaceInGraph(inner, own) : inner;
}
