import { type Model, mainGraph } from '../../onnx/model.ts';
import { copyWith } from '../../onnx/proto.ts';
import { scopes } from '../../onnx/scopes.ts';

/**
 * Gives constants that rules made of others the names of those, once these are gone: `conv.weight_1`, which is `conv.weight` with a
 * normalization in it, is `conv.weight` again. Recipes and reports go on calling a layer by its name. Names that a body takes stay.
 */
export function keepNames(before: Model, after: Model): Model {
  const graph = mainGraph(after);
  const old = new Set(mainGraph(before).initializer.map((t) => t.name));
  const taken = new Set<string>();
  const inBodies = new Set<string>();
  for (const { graph: g, nodes } of scopes(after.proto)) {
    for (const v of [...(g?.input ?? []), ...(g?.output ?? []), ...(g?.initializer ?? [])]) taken.add(v.name);
    for (const v of g?.output ?? []) inBodies.add(v.name);
    for (const s of g?.sparseInitializer ?? []) if (s.values) taken.add(s.values.name);
    for (const n of nodes) {
      for (const name of n.output) taken.add(name);
      if (g !== graph) for (const name of n.input) inBodies.add(name);
    }
  }
  const renamed = new Map<string, string>();
  for (const { name } of graph.initializer) {
    if (old.has(name) || inBodies.has(name)) continue;
    let base = name;
    while (!old.has(base) && /_\d+$/.test(base)) base = base.replace(/_\d+$/, '');
    if (!old.has(base) || taken.has(base) || inBodies.has(base)) continue;
    taken.add(base);
    renamed.set(name, base);
  }
  if (renamed.size === 0) return after;
  const bases = new Set(renamed.values());
  const of = (name: string) => renamed.get(name) ?? name;
  const changes = {
    initializer: graph.initializer.map((t) => (renamed.has(t.name) ? copyWith(t, { name: of(t.name) }) : t)),
    node: graph.node.map((n) =>
      n.input.some((name) => renamed.has(name)) ? copyWith(n, { input: n.input.map(of) }) : n,
    ),
    // What was stated of the old constant is not true of the new one.
    valueInfo: graph.valueInfo.filter((v) => !renamed.has(v.name) && !bases.has(v.name)),
  };
  return { ...after, proto: copyWith(after.proto, { graph: copyWith(graph, changes) }) };
}
