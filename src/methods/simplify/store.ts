import type { Model } from '../../onnx/model.ts';
import { copyWith, type GraphProto, type NodeProto } from '../../onnx/proto.ts';
import type { Op, Scope } from './scope.ts';
import type { Work } from './work.ts';

function sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i]);
}

function storeOp(op: Op): NodeProto {
  let next = 0;
  let attribute = op.attribute;
  if (op.inner.length) {
    attribute = op.attribute.map((a) => {
      if (a.g) {
        const g = storeScope(op.inner[next++]);
        return g === a.g ? a : copyWith(a, { g });
      }
      if (!a.graphs.length) return a;
      const graphs = a.graphs.map(() => storeScope(op.inner[next++]));
      return sameList(graphs, a.graphs) ? a : copyWith(a, { graphs });
    });
    if (sameList(attribute, op.proto.attribute)) attribute = op.proto.attribute;
  }
  const { proto } = op;
  const changes: Partial<NodeProto> = {};
  if (op.type !== proto.opType) changes.opType = op.type;
  if (!sameList(op.inputs, proto.input)) changes.input = op.inputs;
  if (!sameList(op.outputs, proto.output)) changes.output = op.outputs;
  if (attribute !== proto.attribute) changes.attribute = attribute;
  return Object.keys(changes).length ? copyWith(proto, changes) : proto;
}

/** The graph as it now is; the very same message when nothing changed. */
export function storeScope(scope: Scope): GraphProto {
  const { graph } = scope;
  const node = scope.ops.filter((op) => !op.dead).map(storeOp);
  // Defaults of inputs are no constants, and stay where they are.
  const kept = graph.initializer.filter((t) => scope.given.has(t.name) || scope.constants.get(t.name) === t);
  const own = new Set(kept);
  const added = [...scope.constants.values()].filter((t) => !own.has(t));
  const initializer = added.length ? [...kept, ...added] : kept;
  if (sameList(node, graph.node) && sameList(initializer, graph.initializer)) return graph;
  return copyWith(graph, { node, initializer });
}

/** The model as the rules have left it. */
export function storeModel(model: Model, work: Work): Model {
  const graph = storeScope(work.scopes[0]);
  return graph === model.proto.graph ? model : { ...model, proto: copyWith(model.proto, { graph }) };
}
