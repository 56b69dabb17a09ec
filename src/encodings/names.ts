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
  /** How far each wanted name has been counted up. */
  private readonly tried = new Map<string, number>();
  private readonly tables = new Map<string, string>();

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
    let i = this.tried.get(wanted) ?? 0;
    while (this.taken.has(name)) name = `${wanted}_${++i}`;
    this.tried.set(wanted, i);
    this.taken.add(name);
    return name;
  }

  /** The name of a table that all weights of a scope share; `made` is true for the first who asks, and is to store it. */
  table(scope: string, hint: string): { name: string; made: boolean } {
    const key = `${scope}\0${hint}`;
    const known = this.tables.get(key);
    if (known !== undefined) return { name: known, made: false };
    const name = this.fresh(`pare_${hint}`);
    this.tables.set(key, name);
    return { name, made: true };
  }
}
