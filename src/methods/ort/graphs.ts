import { create } from '@bufbuild/protobuf';
import type { Model } from '../../onnx/model.ts';
import {
  copyWith,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  OperatorSetIdProtoSchema,
  type TensorProto,
  type ValueInfoProto,
} from '../../onnx/proto.ts';
import { bodies } from './types.ts';

export const MICROSOFT = 'com.microsoft';

/** A graph while it is being rewritten. The messages in the lists stay immutable; the lists do not. */
export class GraphEdit {
  nodes: NodeProto[] = [];
  input: ValueInfoProto[];
  private readonly tensors: Map<string, TensorProto>;

  constructor(
    readonly graph: GraphProto,
    readonly parent?: GraphEdit,
  ) {
    this.input = [...graph.input];
    this.tensors = new Map(graph.initializer.map((t) => [t.name, t]));
  }

  /** This graph's own initializer. */
  initializer(name: string): TensorProto | undefined {
    return this.tensors.get(name);
  }

  /** The initializer of this or the nearest enclosing graph, and the graph that has it. */
  find(name: string): { tensor: TensorProto; owner: GraphEdit } | undefined {
    const tensor = this.tensors.get(name);
    return tensor ? { tensor, owner: this } : this.parent?.find(name);
  }

  /** Appends initializers; one of the same name is replaced, and goes last. */
  add(...tensors: readonly TensorProto[]): void {
    for (const t of tensors) {
      this.tensors.delete(t.name);
      this.tensors.set(t.name, t);
    }
  }

  /** Takes a name off the graph's inputs: an initializer's default that is one no more. */
  dropInput(name: string): void {
    this.input = this.input.filter((v) => v.name !== name);
  }

  /** The graph with what was gathered. */
  finish(changes: Partial<GraphProto> = {}): GraphProto {
    return copyWith(this.graph, {
      node: this.nodes,
      initializer: [...this.tensors.values()],
      input: this.input,
      ...changes,
    });
  }
}

/** A node with each of its bodies replaced. The same node when it has none or none changed. */
export function withBodies(node: NodeProto, map: (body: GraphProto) => GraphProto): NodeProto {
  if (bodies(node).length === 0) return node;
  let changed = false;
  const apply = (g: GraphProto) => {
    const out = map(g);
    changed ||= out !== g;
    return out;
  };
  const attribute = node.attribute.map((a) => {
    if (!a.g && a.graphs.length === 0) return a;
    return copyWith(a, { ...(a.g && { g: apply(a.g) }), graphs: a.graphs.map(apply) });
  });
  return changed ? copyWith(node, { attribute }) : node;
}

/** Names that a node takes, those its bodies take from outside included. */
export function takenBy(node: NodeProto): readonly string[] {
  const own = node.input.includes('') ? node.input.filter((name) => name !== '') : node.input;
  const inner = bodies(node);
  return inner.length === 0 ? own : [...own, ...inner.flatMap((g) => [...freeNames(g)])];
}

/** Names a graph takes from outside. */
export function freeNames(graph: GraphProto): Set<string> {
  const own = new Set<string>();
  for (const v of graph.input) own.add(v.name);
  for (const t of graph.initializer) own.add(t.name);
  for (const s of graph.sparseInitializer) if (s.values) own.add(s.values.name);
  for (const n of graph.node) for (const name of n.output) own.add(name);
  const free = new Set<string>();
  for (const n of graph.node) for (const name of takenBy(n)) if (!own.has(name)) free.add(name);
  for (const v of graph.output) if (!own.has(v.name)) free.add(v.name);
  return free;
}

/**
 * The nodes in an order in which each comes after what it takes, otherwise as they were: bodies count. The same list when it
 * was in such an order, or when there is none.
 */
export function inOrder(nodes: readonly NodeProto[]): NodeProto[] {
  const makers = new Map<string, number>();
  nodes.forEach((n, i) => {
    for (const name of n.output) if (name) makers.set(name, i);
  });
  const before = nodes.map((n) =>
    takenBy(n)
      .map((name) => makers.get(name))
      .filter((maker) => maker !== undefined),
  );
  const out: NodeProto[] = [];
  const state = new Uint8Array(nodes.length);
  // Depth first by hand: a long chain of nodes is deeper than the stack.
  for (let root = 0; root < nodes.length; root++) {
    const stack = [root];
    while (stack.length) {
      const i = stack[stack.length - 1];
      if (state[i] === 0) {
        state[i] = 1;
        const waiting = before[i].filter((b) => state[b] === 0);
        if (waiting.length) {
          stack.push(...waiting.reverse());
          continue;
        }
      }
      stack.pop();
      if (state[i] === 2) continue;
      state[i] = 2;
      out.push(nodes[i]);
    }
  }
  return out;
}

/**
 * Drops the initializers that nothing uses, in bodies too: onnx_model.py, `_clean_initializers_helper`. One that a node makes under
 * the same name counts as unused. The graph inputs of those names go as well.
 */
export function withoutUnused(graph: GraphProto): GraphProto {
  const node = graph.node.map((n) => withBodies(n, withoutUnused));
  const used = new Set<string>(graph.output.map((v) => v.name));
  for (const n of node) for (const name of takenBy(n)) used.add(name);
  for (const n of node) for (const name of n.output) used.delete(name);
  const dropped = new Set(graph.initializer.filter((t) => !used.has(t.name)).map((t) => t.name));
  if (dropped.size === 0) return node.every((n, i) => n === graph.node[i]) ? graph : copyWith(graph, { node });
  return copyWith(graph, {
    node,
    initializer: graph.initializer.filter((t) => !dropped.has(t.name)),
    input: graph.input.filter((v) => !dropped.has(v.name)),
  });
}

/** A graph that takes some values from outside under other names. */
export function renameFree(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const free = freeNames(graph);
  const own = new Map([...names].filter(([name]) => free.has(name)));
  if (own.size === 0) return graph;
  const swap = (list: readonly string[]) => list.map((name) => own.get(name) ?? name);
  const node = graph.node.map((n) =>
    withBodies(copyWith(n, { input: swap(n.input) }), (body) => renameFree(body, own)),
  );
  const output = graph.output.map((v) => (own.has(v.name) ? copyWith(v, { name: own.get(v.name)! }) : v));
  return copyWith(graph, { node, output });
}

/** Whether a graph or its bodies hold a node of a domain. */
function usesDomain(graph: GraphProto, domain: string): boolean {
  return graph.node.some((n) => n.domain === domain || bodies(n).some((g) => usesDomain(g, domain)));
}

/** Before IR version 4 every initializer had to be a graph input too. */
const FREE_INITIALIZERS = 4n;
const INT4_OPSET = 21;
const INT4_IR = 10n;

/**
 * A model with another main graph, and the imports it then needs: com.microsoft 1 where one of its operators is used and
 * the domain was missing.
 */
export function withGraph(model: Model, graph: GraphProto, opset?: number): Model {
  let { opsetImport, irVersion } = model.proto;
  if (opset !== undefined) {
    opsetImport = opsetImport.map((o) =>
      o.domain === '' || o.domain === 'ai.onnx' ? copyWith(o, { version: BigInt(opset) }) : o,
    );
  }
  if (!opsetImport.some((o) => o.domain === MICROSOFT) && usesDomain(graph, MICROSOFT)) {
    opsetImport = [...opsetImport, create(OperatorSetIdProtoSchema, { domain: MICROSOFT, version: 1n })];
  }
  // The reference leaves an old IR version on 4-bit tensors, which came with 10: ONNX Runtime loads that, the checker does not.
  const needed = opset !== undefined && opset >= INT4_OPSET ? INT4_IR : FREE_INITIALIZERS;
  if (irVersion < needed) irVersion = needed;
  return { ...model, proto: copyWith<ModelProto>(model.proto, { graph, opsetImport, irVersion }) };
}
