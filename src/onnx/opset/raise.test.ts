import { create } from '@bufbuild/protobuf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { attr } from '../attributes.ts';
import { graph, modelProto, node, valueInfo } from '../build.ts';
import { checkModel } from '../check.ts';
import { irVersionFor } from '../irVersions.ts';
import { type Model, opsetOf } from '../model.ts';
import { DataType, FunctionProtoSchema, type NodeProto } from '../proto.ts';
import { makeTensor } from '../tensor.ts';
import { backendModels, feedsFor, modelOf, parse, run, unparse } from '../testing.ts';
import { type Case, cases, f32 } from './cases.ts';
import { importDomain, raiseOpset } from './raise.ts';

const { FLOAT, INT64, DOUBLE, FLOAT16 } = DataType;
function build({ op, from, dims, declared = dims, inputs = [], attributes = {}, outputs = ['y'] }: Case): Model {
  const g = graph(
    'g',
    [node(op, ['x', ...inputs.map((t) => t.name)], outputs, attributes)],
    [valueInfo('x', FLOAT, declared)],
    outputs.filter((o) => o).map((o) => valueInfo(o, op === 'TopK' && o !== 'y' ? INT64 : FLOAT, null)),
    inputs,
  );
  const model = modelOf(modelProto(g, from));
  model.proto.irVersion = BigInt(Math.max(4, irVersionFor(from)));
  return model;
}

async function outputsOf(model: Model, dims: number[]) {
  const random = new Random(7);
  const n = dims.reduce((a, b) => a * b, 1);
  const x = new ort.Tensor(
    'float32',
    Float32Array.from({ length: n }, () => 3 * random.normal()),
    dims,
  );
  return run(await unparse(model), { x });
}

describe('each operator computes the same, bit for bit', () => {
  for (const [name, c, targets] of cases) {
    test.each(targets)(`${name}: opset ${c.from} to %d`, async (target) => {
      const model = build(c);
      const before = await outputsOf(model, c.dims);
      expect(before, 'runs before').toBeDefined();
      const raised = raiseOpset(model, target);
      expect(opsetOf(raised)).toBe(target);
      expect(checkModel(raised).filter((p) => p.severity === 'error')).toEqual([]);
      const after = await outputsOf(raised, c.dims);
      // ONNX Runtime averages windows of opset 19 in another order: the last bit of a float32 sum may differ.
      if (c.op === 'AveragePool') closely(after, before);
      else expect(after).toEqual(before);
    });
  }
});

type Outputs = Awaited<ReturnType<typeof run>>;
function closely(after: Outputs, before: Outputs) {
  const [a, b] = [after, before].map((o) => o!.y.data as Float32Array);
  expect(a).toHaveLength(b.length);
  // The inputs are below 16; a sum of four of them is off by at most 4 × 16 × 2⁻²⁴.
  a.forEach((v, i) => {
    expect(Math.abs(v - b[i])).toBeLessThanOrEqual(64 * 2 ** -24);
  });
}

describe('what cannot keep its meaning is named', () => {
  const refuse = (c: Case, target: number) => {
    try {
      raiseOpset(build(c), target);
    } catch (error) {
      return error as { code: string; where: string; message: string };
    }
    return undefined;
  };
  test.each<[string, Case, number, RegExp]>([
    [
      'AveragePool with ceil_mode',
      { op: 'AveragePool', from: 11, dims: [1, 1, 5, 5], attributes: { kernel_shape: [2, 2], ceil_mode: 1 } },
      19,
      /ceil_mode/,
    ],
    [
      'ConvTranspose with output_shape',
      { op: 'ConvTranspose', from: 9, dims: [1, 1, 4, 4], attributes: { output_shape: [9, 9] } },
      11,
      /padding/,
    ],
    ['Dropout with its mask', { op: 'Dropout', from: 9, dims: [2], outputs: ['y', 'mask'] }, 10, /boolean/],
    [
      'BatchNormalization in training',
      { op: 'BatchNormalization', from: 9, dims: [2], outputs: ['y', 'm', 'v'] },
      14,
      /training/,
    ],
    [
      'BatchNormalization over positions',
      { op: 'BatchNormalization', from: 7, dims: [2], attributes: { spatial: 0 } },
      9,
      /spatial/,
    ],
    [
      'nearest downsampling',
      { op: 'Resize', from: 10, dims: [1, 1, 4, 4], inputs: [f32('s', [1, 1, 0.5, 0.5])] },
      11,
      /downsampling/,
    ],
    ['a Dropout that drops', { op: 'Dropout', from: 6, dims: [2] }, 7, /at random/],
    [
      'an axis in an input of unknown rank',
      {
        ...{ op: 'Add', from: 6, dims: [2, 3], declared: null, inputs: [f32('b', [1, 2])] },
        attributes: { broadcast: 1, axis: 0 },
      },
      7,
      /unknown rank/,
    ],
    ['OneHot', { op: 'OneHot', from: 9, dims: [2] }, 11, /negative/],
    ['Attention', { op: 'Attention', from: 23, dims: [2] }, 24, /masking/],
    ['an operator that is not ONNX', { op: 'ATen', from: 9, dims: [2] }, 11, /no operator of opset 9/],
    ['one that came later', { op: 'Gelu', from: 9, dims: [2] }, 11, /no operator of opset 9/],
  ])('%s', (_, c, target, text) => {
    expect(refuse(c, target)).toMatchObject({
      code: 'recipe/not-applicable',
      where: 'y',
      message: expect.stringMatching(text),
    });
  });

  test('a Clip whose dtype nobody states in a model of mixed floats', () => {
    const model = build({ op: 'Clip', from: 9, dims: [2], attributes: { min: { float: 0 } } });
    model.proto.graph!.node.unshift(node('Relu', ['x'], ['unknown']));
    model.proto.graph!.node[1].input[0] = 'unknown';
    expect(() => raiseOpset(model, 11)).not.toThrow();
    model.proto.graph!.initializer.push(makeTensor('h', FLOAT16, [1], new Uint16Array(1)));
    expect(() => raiseOpset(model, 11)).toThrow(/dtype is not known/);
  });

  test('opsets before 6, beyond 25, and training graphs', () => {
    const model = build({ op: 'Relu', from: 5, dims: [2] });
    expect(() => raiseOpset(model, 13)).toThrow(/opset 5/);
    expect(() => raiseOpset(build({ op: 'Relu', from: 13, dims: [2] }), 26)).toThrow(/not to 26/);
  });
});

test('a double Clip gets double bounds', () => {
  const model = build({ op: 'Clip', from: 9, dims: [2], attributes: { min: { float: -1 } } });
  model.proto.graph!.input[0] = valueInfo('x', DOUBLE, [2]);
  const nodes = raiseOpset(model, 11).proto.graph!.node;
  expect(attr(nodes[0], 'value')!.t!.dataType).toBe(DOUBLE);
});

test('subgraphs and functions come along; other domains and the input model stay', async () => {
  const squeeze = () => node('Squeeze', ['x'], ['s'], { axes: [0] });
  const branch = graph('b', [squeeze()], [], [valueInfo('s', FLOAT, null)]);
  const fn = create(FunctionProtoSchema, {
    domain: 'my',
    name: 'F',
    input: ['x'],
    output: ['s'],
    node: [squeeze()],
    opsetImport: [{ domain: '', version: 11n }],
  });
  const g = graph(
    'g',
    [
      node('If', ['c'], ['a'], { then_branch: { graph: branch }, else_branch: { graph: branch } }),
      node('F', ['x'], ['b'], {}, { domain: 'my' }),
      node('Add', ['a', 'b'], ['y']),
    ],
    [valueInfo('x', FLOAT, [1, 3]), valueInfo('c', DataType.BOOL, [])],
    [valueInfo('y', FLOAT, null)],
  );
  const model = modelOf(modelProto(g, 11, { my: 1, 'com.microsoft': 1 }));
  model.proto.functions.push(fn);
  const feeds = {
    x: new ort.Tensor('float32', Float32Array.of(1, 2, 3), [1, 3]),
    c: new ort.Tensor('bool', [true], []),
  };
  const before = await run(await unparse(model), feeds);
  const raised = raiseOpset(model, 21);
  expect(before).toBeDefined();
  expect(await run(await unparse(raised), feeds)).toEqual(before);
  expect(raised.proto.functions[0].opsetImport[0].version).toBe(21n);
  expect(opsetOf(raised, 'com.microsoft')).toBe(1);
  expect(opsetOf(model)).toBe(11);
  expect(branch.node).toHaveLength(1);
  expect(raiseOpset(raised, 21)).toBe(raised);
  expect(raiseOpset(raised, 13)).toBe(raised);
});

test('other domains are stated once and never lowered', () => {
  const model = build({ op: 'Relu', from: 13, dims: [2] });
  const stated = importDomain(model, 'com.microsoft', 1);
  expect(opsetOf(stated, 'com.microsoft')).toBe(1);
  expect(importDomain(stated, 'com.microsoft', 1)).toBe(stated);
  expect(opsetOf(stated)).toBe(13);
});

test('ONNX’s backend models compute the same in opset 21', async () => {
  let raised = 0;
  const refused: string[] = [];
  for (const [name, bytes] of backendModels()) {
    const model = await parse(bytes, name);
    const opset = opsetOf(model);
    if (opset < 6 || opset >= 21) continue;
    let newer: Model;
    try {
      newer = raiseOpset(model, 21);
    } catch (error) {
      expect(error).toMatchObject({ code: 'recipe/not-applicable' });
      refused.push(`${name}: ${(error as Error).message}`);
      continue;
    }
    const feeds = feedsFor(model);
    const before = feeds && (await run(bytes, feeds));
    if (!before) continue;
    // Random outputs are random in either opset.
    if (model.proto.graph!.node.some((n: NodeProto) => /^Random|Bernoulli|Multinomial/.test(n.opType))) continue;
    expect(await run(await unparse(newer), feeds), name).toEqual(before);
    raised++;
  }
  expect(raised).toBeGreaterThan(60);
  expect(refused).toEqual([]);
});
