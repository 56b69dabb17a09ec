import { attr } from './attributes.ts';
import { node as makeNode, valueInfo } from './build.ts';
import type { Model } from './model.ts';
import {
  copyWith,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './proto.ts';
import { identified } from './scopes.ts';

/**
 * What takes a weight's place: another tensor under the same name, or initializers and nodes, the last of which
 * makes a value of that name, so that its consumers need no change.
 */
export type Replacement =
  | { tensor: TensorProto }
  | { initializers: readonly TensorProto[]; nodes: readonly NodeProto[] };

/** One scope's replacements, by the constant's position among the scope's constants. */
type Own = ReadonlyMap<number, Replacement>;

/** Before IR version 4 every initializer had to be a graph input too; from then on none has to. */
const FREE_INITIALIZERS = 4n;

/** The type of a graph input that has a default follows the default. */
function retype(v: ValueInfoProto, tensor: TensorProto): ValueInfoProto {
  return copyWith(v, { type: valueInfo(v.name, tensor.dataType, tensor.dims.map(Number)).type });
}

function replaceInGraph(graph: GraphProto, own: Own): GraphProto {
  const initializer: TensorProto[] = [];
  const front: NodeProto[] = [];
  const made = new Set<string>();
  const typed = new Map<string, TensorProto>();
  let position = 0;
  const place = (name: string, r: Replacement) => {
    if ('tensor' in r) {
      const tensor = copyWith(r.tensor, { name });
      initializer.push(tensor);
      typed.set(name, tensor);
    } else {
      initializer.push(...r.initializers);
      front.push(...r.nodes);
      made.add(name);
    }
  };
  for (const tensor of graph.initializer) {
    const r = own.get(position++);
    if (r) place(tensor.name, r);
    else initializer.push(tensor);
  }
  const sparseInitializer = graph.sparseInitializer.filter((s) => {
    const r = s.values && own.get(position++);
    if (r) place(s.values!.name, r);
    return !r;
  });
  const nodes: NodeProto[] = [];
  replaceConstants(graph.node, own, position, nodes, (r) => initializer.push(...r));
  // A value that a node makes can no longer be a graph input with a default.
  const update = (list: ValueInfoProto[]) =>
    list.filter((v) => !made.has(v.name)).map((v) => (typed.has(v.name) ? retype(v, typed.get(v.name)!) : v));
  const changed = made.size > 0 || typed.size > 0;
  return copyWith(graph, {
    initializer: made.size ? initializer.filter((t) => !made.has(t.name)) : initializer,
    sparseInitializer,
    node: [...front, ...nodes],
    ...(changed && { input: update(graph.input), valueInfo: update(graph.valueInfo) }),
  });
}

/** Replaces Constant nodes where they stand, so that the order stays topological. */
function replaceConstants(
  from: readonly NodeProto[],
  own: Own,
  first: number,
  to: NodeProto[],
  initializers: (tensors: readonly TensorProto[]) => void,
): void {
  let position = first;
  for (const n of from) {
    const value = n.opType === 'Constant' && n.output.length === 1 ? attr(n, 'value') : undefined;
    const r = value?.t ? own.get(position++) : undefined;
    if (!r) to.push(n);
    else if ('tensor' in r) {
      to.push(copyWith(n, { attribute: n.attribute.map((a) => (a === value ? copyWith(a, { t: r.tensor }) : a)) }));
    } else {
      initializers(r.initializers);
      to.push(...r.nodes);
    }
  }
}

function replaceInFunction(fn: FunctionProto, own: Own): FunctionProto {
  const nodes: NodeProto[] = [];
  // A function has no initializers: its constants are nodes.
  replaceConstants(fn.node, own, 0, nodes, (tensors) => {
    for (const t of tensors) nodes.push(makeNode('Constant', [], [t.name], { value: { tensor: t } }));
  });
  return copyWith(fn, { node: nodes });
}

/**
 * A model with some weights replaced, by id (`weights.ts`), in whatever place they are: initializers, sparse ones (their
 * replacement is dense), Constant nodes, subgraphs and functions. Everything else is shared with the old one.
 */
export function replaceWeights(model: Model, replacements: ReadonlyMap<string, Replacement>): Model {
  if (replacements.size === 0) return model;
  const scopes: Own[] = [];
  for (const { consts } of identified(model.proto)) {
    const own = new Map<number, Replacement>();
    consts.forEach(({ id }, i) => {
      const r = replacements.get(id);
      if (r) own.set(i, r);
    });
    scopes.push(own);
  }
  if (scopes.every((own) => own.size === 0)) return model;

  // The walk meets the scopes in the order in which `scopes.ts` lists them.
  let next = 0;
  const inNodes = (nodes: NodeProto[]): NodeProto[] => {
    let out = nodes;
    nodes.forEach((n, i) => {
      if (!n.attribute.some((a) => a.g || a.graphs.length)) return;
      const attribute = n.attribute.map((a) => {
        const g = a.g && inGraph(a.g);
        const graphs = a.graphs.map(inGraph);
        if (g === a.g && graphs.every((x, k) => x === a.graphs[k])) return a;
        return copyWith(a, { ...(g && { g }), graphs });
      });
      if (attribute.every((a, k) => a === n.attribute[k])) return;
      if (out === nodes) out = [...nodes];
      out[i] = copyWith(n, { attribute });
    });
    return out;
  };
  const inGraph = (graph: GraphProto): GraphProto => {
    const own = scopes[next++];
    const node = inNodes(graph.node);
    const inner = node === graph.node ? graph : copyWith(graph, { node });
    return own.size ? replaceInGraph(inner, own) : inner;
  };
  const proto = model.proto;
  const graph = proto.graph && inGraph(proto.graph);
  const functions = proto.functions.map((fn) => {
    const own = scopes[next++];
    const node = inNodes(fn.node);
    const inner = node === fn.node ? fn : copyWith(fn, { node });
    return own.size ? replaceInFunction(inner, own) : inner;
  });
  const added = scopes.some((own) => [...own.values()].some((r) => 'nodes' in r));
  const irVersion = added && proto.irVersion < FREE_INITIALIZERS ? FREE_INITIALIZERS : proto.irVersion;
  return { ...model, proto: copyWith<ModelProto>(proto, { graph, functions, irVersion }) };
}
