import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith, type GraphProto, type NodeProto } from '../../onnx/proto.ts';
import { mapGraph } from '../../onnx/visit.ts';

function* nodesIn(nodes: readonly NodeProto[]): Generator<NodeProto> {
  for (const n of nodes) {
    yield n;
    for (const a of n.attribute) for (const g of a.g ? [a.g] : a.graphs) yield* nodesIn(g.node);
  }
}

/** Every name that something in the graph or below it takes. */
function takenNames(graph: GraphProto): Set<string> {
  const names = new Set(graph.output.map((v) => v.name));
  for (const n of nodesIn(graph.node)) {
    for (const name of n.input) names.add(name);
    for (const a of n.attribute) for (const g of a.g ? [a.g] : a.graphs) for (const v of g.output) names.add(v.name);
  }
  return names;
}

function cleanGraph(graph: GraphProto): GraphProto {
  const taken = takenNames(graph);
  const inputs = new Set(graph.input.map((v) => v.name));
  const initializer = graph.initializer.filter((t) => taken.has(t.name) || inputs.has(t.name));
  const sparseInitializer = graph.sparseInitializer.filter((s) => !s.values || taken.has(s.values.name));
  const made = new Set(graph.node.flatMap((n) => n.output));
  for (const v of graph.input) made.add(v.name);
  for (const t of initializer) made.add(t.name);
  const valueInfo = graph.valueInfo.filter((v) => made.has(v.name));
  const quantizationAnnotation = graph.quantizationAnnotation.filter((q) => made.has(q.tensorName));
  const same =
    initializer.length === graph.initializer.length &&
    sparseInitializer.length === graph.sparseInitializer.length &&
    valueInfo.length === graph.valueInfo.length &&
    quantizationAnnotation.length === graph.quantizationAnnotation.length;
  return same ? graph : copyWith(graph, { initializer, sparseInitializer, valueInfo, quantizationAnnotation });
}

/** Drops initializers, value infos, functions and opset imports that nothing takes. Gives how many of them. */
export function dropUnused(model: Model): { model: Model; count: number } {
  let count = 0;
  const size = (g: GraphProto) =>
    g.initializer.length + g.sparseInitializer.length + g.valueInfo.length + g.quantizationAnnotation.length;
  const graph = mapGraph(mainGraph(model), {
    graph(g) {
      const clean = cleanGraph(g);
      count += size(g) - size(clean);
      return clean;
    },
  });
  // Functions that are called from what is left, and what those call.
  const byName = new Map(model.proto.functions.map((f) => [`${f.domain}\0${f.name}`, f]));
  const called = new Set<string>();
  const stack = [...nodesIn(graph.node)];
  const domains = new Set<string>(['']);
  for (let n = stack.pop(); n; n = stack.pop()) {
    domains.add(n.domain === 'ai.onnx' ? '' : n.domain);
    const key = `${n.domain}\0${n.opType}`;
    const fn = byName.get(key);
    if (!fn || called.has(key)) continue;
    called.add(key);
    for (const inner of nodesIn(fn.node)) stack.push(inner);
  }
  const functions = model.proto.functions.filter((f) => called.has(`${f.domain}\0${f.name}`));
  const opsetImport = model.proto.opsetImport.filter((o) => domains.has(o.domain === 'ai.onnx' ? '' : o.domain));
  count += model.proto.functions.length - functions.length + model.proto.opsetImport.length - opsetImport.length;
  return {
    model: count ? { ...model, proto: copyWith(model.proto, { graph, functions, opsetImport }) } : model,
    count,
  };
}
