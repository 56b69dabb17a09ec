import { copyWith, type GraphProto } from './proto.ts';
import { mapGraph } from './visit.ts';

/**
 * A graph whose values go by other names, in bodies of If, Loop and Scan too; model-local functions have names of their own. What is
 * computed stays the same as long as no two values get one name.
 * @param names old to new
 */
export function renameValues(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  if (names.size === 0) return graph;
  const of = (name: string) => names.get(name) ?? name;
  const named = <T extends { name: string }>(x: T): T =>
    names.has(x.name) ? (copyWith(x as { name: string }, { name: of(x.name) }) as T) : x;
  return mapGraph(graph, {
    graph: (g) =>
      copyWith(g, {
        node: g.node.map((n) =>
          [...n.input, ...n.output].some((name) => names.has(name))
            ? copyWith(n, { input: n.input.map(of), output: n.output.map(of) })
            : n,
        ),
        initializer: g.initializer.map(named),
        sparseInitializer: g.sparseInitializer.map((s) => (s.values ? copyWith(s, { values: named(s.values) }) : s)),
        input: g.input.map(named),
        output: g.output.map(named),
        valueInfo: g.valueInfo.map(named),
        quantizationAnnotation: g.quantizationAnnotation.map((a) => copyWith(a, { tensorName: of(a.tensorName) })),
      }),
  });
}
