import type { GraphProto, ModelProto } from '../onnx/proto.ts';
import { scopes } from '../onnx/scopes.ts';

function* valueNames(graph: GraphProto): Generator<string> {
  for (const v of graph.input) yield v.name;
  for (const v of graph.output) yield v.name;
  for (const t of graph.initializer) yield t.name;
  for (const s of graph.sparseInitializer) if (s.values) yield s.values.name;
}

/**
 * The names of a model's values, to make new ones that clash with none. All scopes are one pool: an inner name must not
 * hide an outer one (ONNX IR, "Names Within a Graph").
 */
export class Names {
  private readonly taken = new Set<string>();

  constructor(model: ModelProto) {
    for (const { graph, nodes } of scopes(model)) {
      if (graph) for (const name of valueNames(graph)) this.taken.add(name);
      for (const n of nodes) {
        for (const name of n.input) this.taken.add(name);
        for (const name of n.output) this.taken.add(name);
      }
    }
  }

  /** `wanted`, or the first of `wanted_1`, `wanted_2` … that is free. It is taken from then on. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 1; this.taken.has(name); i++) name = `${wanted}_${i}`;
    this.taken.add(name);
    return name;
  }
}
