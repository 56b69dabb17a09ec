import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type GraphProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { freeNames, GraphEdit, inOrder, renameFree, takenBy, withGraph, withoutUnused } from './graphs.ts';

const { FLOAT } = DataType;
const scalar = (name: string) => makeTensor(name, FLOAT, [], Float32Array.of(1));
const body = (nodes: Parameters<typeof graph>[1], out: string, tensors: string[] = []): GraphProto =>
  graph('body', nodes, [], [valueInfo(out, FLOAT, null)], tensors.map(scalar));
const iff = (then: GraphProto, other: GraphProto, name = 'z') =>
  node('If', ['c'], [name], { then_branch: { graph: then }, else_branch: { graph: other } });

describe('inOrder', () => {
  it('puts every node after what it takes, and keeps an order that is right', () => {
    const dag = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(dag, fc.infiniteStream(fc.nat()), (edges, stream) => {
        const nodes = edges.map((from, i) =>
          node(
            'Op',
            from.filter(() => i > 0).map((f) => `v${f % i}`),
            [`v${i}`],
          ),
        );
        expect(inOrder(nodes)).toEqual(nodes);
        const keys = new Map(nodes.map((n) => [n, stream.next().value]));
        const shuffled = [...nodes].sort((a, b) => keys.get(a)! - keys.get(b)!);
        const done = new Set<string>();
        for (const n of inOrder(shuffled)) {
          for (const name of n.input) expect(done.has(name)).toBe(true);
          done.add(n.output[0]);
        }
        expect(done.size).toBe(nodes.length);
      }),
      { numRuns: 200 },
    );
  });

  it('counts what bodies take, and ends on a cycle', () => {
    const z = iff(body([node('Relu', ['late'], ['b'])], 'b'), body([], 'late'));
    const late = node('Neg', ['x'], ['late']);
    expect(inOrder([z, late])).toEqual([late, z]);
    expect(inOrder([node('A', ['q'], ['p']), node('B', ['p'], ['q'])])).toHaveLength(2);
  });

  it('is no deeper than the stack for a long chain the wrong way round', () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => node('Op', i ? [`v${i - 1}`] : [], [`v${i}`]));
    expect(inOrder([...chain].reverse())[0]).toBe(chain[0]);
  });
});

describe('names from outside', () => {
  const inner = body([node('Add', ['outer', 'own'], ['b'])], 'b', ['own']);
  it('are what no input, initializer or node of the body makes', () => {
    expect([...freeNames(inner)]).toEqual(['outer']);
    expect([...takenBy(iff(inner, body([], 'other')))]).toEqual(['c', 'outer', 'other']);
  });
  it('are renamed where they are free and nowhere else', () => {
    const renamed = renameFree(
      inner,
      new Map([
        ['outer', 'o2'],
        ['own', 'no'],
      ]),
    );
    expect(renamed.node[0].input).toEqual(['o2', 'own']);
    expect(renameFree(body([], 'outer'), new Map([['outer', 'o2']])).output[0].name).toBe('o2');
    expect(renameFree(inner, new Map([['x', 'y']]))).toBe(inner);
  });
});

describe('withoutUnused', () => {
  it('drops what nothing reads, and what a node makes under the same name; in bodies too', () => {
    const g = graph(
      'g',
      [node('Neg', ['used'], ['made']), iff(body([node('Neg', ['seen'], ['b'])], 'b', ['lost']), body([], 'straight'))],
      [valueInfo('unused', FLOAT, [])],
      [valueInfo('z', FLOAT, null), valueInfo('out', FLOAT, null)],
      ['used', 'unused', 'made', 'seen', 'straight', 'out'].map(scalar),
    );
    const cleaned = withoutUnused(g);
    expect(cleaned.initializer.map((t) => t.name)).toEqual(['used', 'seen', 'straight', 'out']);
    expect(cleaned.input).toEqual([]);
    expect(cleaned.node[1].attribute[0].g!.initializer).toEqual([]);
    expect(withoutUnused(cleaned)).toBe(cleaned);
  });
});

describe('GraphEdit and withGraph', () => {
  it('finds an initializer in the nearest graph that has it', () => {
    const outer = new GraphEdit(graph('o', [], [], [], [scalar('a'), scalar('b')]));
    const inner = new GraphEdit(graph('i', [], [], [], [scalar('a')]), outer);
    expect([inner.find('a')?.owner, inner.find('b')?.owner, inner.find('c')]).toEqual([inner, outer, undefined]);
  });

  it('imports com.microsoft where it is used, and raises the IR version with the opset', () => {
    const proto = modelProto(graph('g', [], [], []), 13);
    proto.irVersion = 3n;
    const model: Model = { name: 'm', proto, bytes: 0, external: [] };
    const used = graph(
      'g',
      [iff(body([node('MatMulNBits', [], ['b'], {}, { domain: 'com.microsoft' })], 'b'), body([], 'z'))],
      [],
      [],
    );
    const imports = (m: Model) => m.proto.opsetImport.map((o) => `${o.domain} ${o.version}`);
    expect(imports(withGraph(model, used))).toEqual([' 13', 'com.microsoft 1']);
    expect(withGraph(model, used).proto.irVersion).toBe(4n);
    const raised = withGraph(model, graph('g', [], [], []), 21);
    expect([imports(raised), raised.proto.irVersion]).toEqual([[' 21'], 10n]);
  });
});
