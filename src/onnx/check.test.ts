import { describe, expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { checkModel } from './check.ts';
import { irVersionFor } from './irVersions.ts';
import { DataType, type ModelProto } from './proto.ts';
import { makeTensor } from './tensor.ts';
import { backendModels, modelOf, parse } from './testing.ts';

const w = (name = 'w', dims = [2]) => makeTensor(name, DataType.FLOAT, dims, new Float32Array(2));

function base(): ModelProto {
  const body = graph('b', [node('Mul', ['x', 'w'], ['z'])], [], [valueInfo('z', 1, null)]);
  return modelProto(
    graph(
      'g',
      [
        node('Add', ['x', 'w'], ['a']),
        node('If', ['c'], ['y'], { then_branch: { graph: body }, else_branch: { graph: body } }),
      ],
      [valueInfo('x', 1, [2]), valueInfo('c', 9, [])],
      [valueInfo('y', 1, null)],
      [w()],
    ),
  );
}

const errors = (p: ModelProto) => checkModel(modelOf(p)).map((x) => `${x.severity}: ${x.message}`);

test('sound models have no problems', async () => {
  expect(errors(base())).toEqual([]);
});

test('neither have ONNX’s own backend models, which its checker accepts', async () => {
  for (const [name, bytes] of backendModels()) {
    const found = checkModel(await parse(bytes, name)).filter((p) => p.severity === 'error');
    expect(found, name).toEqual([]);
  }
});

describe('each fault is told', () => {
  test.each<[RegExp, (p: ModelProto) => void]>([
    [/no graph\b/, (p) => (p.graph = undefined)],
    [/imports no opset/, (p) => (p.opsetImport = [])],
    [/twice/, (p) => p.opsetImport.push(p.opsetImport[0])],
    [/opset is not imported/, (p) => (p.graph!.node[0].domain = 'com.microsoft')],
    [/has no operator/, (p) => (p.graph!.node[0].opType = '')],
    [/takes "nobody"/, (p) => (p.graph!.node[0].input[0] = 'nobody')],
    [/takes "y"/, (p) => (p.graph!.node[0].input[0] = 'y')],
    [/"a" is made twice/, (p) => p.graph!.node.push(node('Relu', ['x'], ['a']))],
    [/"x" is made twice/, (p) => p.graph!.node.push(node('Relu', ['a'], ['x']))],
    [/"w" is made twice/, (p) => p.graph!.node.push(node('Relu', ['a'], ['w']))],
    [/initializer twice/, (p) => p.graph!.initializer.push(w())],
    [/has no name/, (p) => p.graph!.initializer.push(w(''))],
    [/graph input twice/, (p) => p.graph!.input.push(p.graph!.input[0])],
    [/output "q" is made by nothing/, (p) => p.graph!.output.push(valueInfo('q', 1, null))],
    [/8 bytes where \[3\] of float32 needs 12/, (p) => p.graph!.initializer.push(w('v', [3]))],
    [/unknown dtype/, (p) => (p.graph!.initializer[0].dataType = 77)],
    [/no inputs and no outputs/, (p) => p.graph!.node.push(node('Relu', [], []))],
    [/IR version 3/, (p) => (p.irVersion = 3n)],
    [
      /attribute "k" twice/,
      (p) =>
        p.graph!.node[0].attribute.push(
          ...node('', [], [], { k: 1 }).attribute,
          ...node('', [], [], { k: 1 }).attribute,
        ),
    ],
    [/takes "inner"/, (p) => (p.graph!.node[1].attribute[0].g!.node[0].input[0] = 'inner')],
  ])('%s', (text, harm) => {
    const p = base();
    harm(p);
    expect(errors(p).join('\n')).toMatch(text);
  });

  test('a default may have the name of an input', () => {
    const p = base();
    p.graph!.input.push(valueInfo('w', 1, [2]));
    expect(errors(p)).toEqual([]);
  });

  test('the list ends at a hundred', () => {
    const p = base();
    for (let i = 0; i < 500; i++) p.graph!.node.push(node('Relu', [`no${i}`], [`r${i}`]));
    expect(errors(p)).toHaveLength(100);
  });
});

test('IR versions by opset', () => {
  expect([1, 7, 8, 9, 10, 11, 13, 15, 18, 19, 21, 23, 24, 25, 28, 99].map(irVersionFor)).toEqual([
    3, 3, 3, 4, 5, 6, 7, 8, 8, 9, 10, 11, 12, 13, 14, 14,
  ]);
});
