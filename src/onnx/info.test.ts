import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { graph, modelProto, node, valueInfo } from './build.ts';
import { summarize, summarizeType } from './info.ts';
import type { Model } from './model.ts';
import { DataType, StringStringEntryProtoSchema, TypeProtoSchema } from './proto.ts';
import { makeTensor } from './tensor.ts';

function small(): Model {
  const w = makeTensor('w', DataType.FLOAT, [3, 4], new Float32Array(12));
  const shape = makeTensor('shape', DataType.INT64, [2], new BigInt64Array(2));
  const body = graph('body', [node('Relu', ['y'], ['z'])], [], [valueInfo('z', DataType.FLOAT, null)]);
  const g = graph(
    'g',
    [
      node('MatMul', ['x', 'w'], ['y']),
      node('If', ['c'], ['z'], { then_branch: { graph: body }, else_branch: { graph: body } }),
      node('Reshape', ['z', 'shape'], ['r']),
      node('Gelu', ['r'], ['out'], {}, { domain: 'com.microsoft' }),
    ],
    [
      valueInfo('x', DataType.FLOAT, ['batch', 3, -1, '']),
      valueInfo('w', DataType.FLOAT, [3, 4]),
      valueInfo('c', DataType.BOOL, []),
    ],
    [valueInfo('out', DataType.FLOAT16, null)],
    [w, shape],
  );
  const proto = modelProto(g, 21, { 'com.microsoft': 1 });
  proto.metadataProps.push(create(StringStringEntryProtoSchema, { key: 'k', value: 'v' }));
  return { name: 'small.onnx', proto, bytes: 123, external: [] };
}

describe('summarize', () => {
  test('says what is in the file', () => {
    const info = summarize(small());
    expect(info.opsets).toEqual({ '': 21, 'com.microsoft': 1 });
    // `w` is an input by IR version 3's rule, but nobody has to feed it.
    expect(info.inputs).toEqual([
      { name: 'x', kind: 'tensor', dtype: 'float32', dims: ['batch', 3, null, null] },
      { name: 'c', kind: 'tensor', dtype: 'bool', dims: [] },
    ]);
    expect(info.outputs).toEqual([{ name: 'out', kind: 'tensor', dtype: 'float16', dims: null }]);
    expect(info.operators[0]).toEqual({ domain: '', op: 'Relu', count: 2 });
    expect(info.nodes).toBe(6);
    expect(info.tensors).toBe(2);
    expect(info.parameters).toBe(12);
    expect(info.weightBytes).toBe(12 * 4 + 2 * 8);
    expect(info.quantized).toBe(false);
    expect(info.metadata).toEqual([{ key: 'k', value: 'v' }]);
  });

  test('survives a structured clone and JSON unchanged', () => {
    const info = summarize(small());
    expect(structuredClone(info)).toEqual(info);
    expect(JSON.parse(JSON.stringify(info))).toEqual(info);
  });

  test('sees quantization that is already there, also inside a function', () => {
    const model = small();
    model.proto.graph!.node.push(node('DequantizeLinear', ['q', 's'], ['d']));
    expect(summarize(model).quantized).toBe(true);
  });

  test('a model without a graph is refused', () => {
    const model = small();
    model.proto.graph = undefined;
    expect(() => summarize(model)).toThrow(/has no graph/);
  });
});

test('types that hold other types say what they hold', () => {
  const elemType = create(TypeProtoSchema, {
    value: { case: 'tensorType', value: { elemType: DataType.INT64, shape: { dim: [] } } },
  });
  const sequence = create(TypeProtoSchema, { value: { case: 'sequenceType', value: { elemType } } });
  expect(summarizeType(sequence)).toEqual({ kind: 'sequence', dtype: 'int64', dims: [] });
  const map = create(TypeProtoSchema, {
    value: { case: 'mapType', value: { keyType: DataType.STRING, valueType: elemType } },
  });
  expect(summarizeType(map)).toEqual({ kind: 'map', dtype: 'int64', dims: null });
  expect(summarizeType(undefined)).toEqual({ kind: 'unknown', dtype: '', dims: null });
});
