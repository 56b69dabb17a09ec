import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { unzipSync } from 'fflate';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { graph, modelProto, node, valueInfo } from '../build.ts';
import { copyWith, DataType, type NodeProto, type TensorProto } from '../proto.ts';
import { makeTensor } from '../tensor.ts';
import { modelOf, parse, unparse } from '../testing.ts';
import { inferShapes } from './infer.ts';

/** A chain of random operators on a tensor of rank 4, each value of which is an output. */
function randomChain(seed: number): { nodes: NodeProto[]; tensors: TensorProto[]; names: string[]; input: number[] } {
  const r = new Random(seed);
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  const input = [1 + r.int(3), 1 + r.int(6), 4 + r.int(9), 4 + r.int(9)];
  const names: string[] = [];
  const ints = (values: number[]) => {
    tensors.push(makeTensor(`i${tensors.length}`, DataType.INT64, [values.length], BigInt64Array.from(values, BigInt)));
    return tensors.at(-1)!.name;
  };
  const floats = (dims: number[]) => {
    const count = dims.reduce((a, b) => a * b, 1);
    tensors.push(
      makeTensor(
        `f${tensors.length}`,
        DataType.FLOAT,
        dims,
        Float32Array.from({ length: count }, () => r.normal()),
      ),
    );
    return tensors.at(-1)!.name;
  };
  let x = 'x';
  let dims = input;
  const add = (op: string, inputs: string[], attributes: Parameters<typeof node>[3] = {}, next = dims) => {
    const y = `v${nodes.length}`;
    nodes.push(node(op, inputs, [y], attributes));
    names.push(y);
    x = y;
    dims = next;
  };
  const pick = (n: number) => r.int(n);
  for (let i = 0; i < 8; i++) {
    const [n, c, h, w] = dims;
    switch (pick(13)) {
      case 0: {
        const [k, s, d, p] = [1 + pick(3), 1 + pick(3), 1 + pick(2), pick(3)];
        const size = (z: number) => Math.floor((z + 2 * p - d * (k - 1) - 1) / s) + 1;
        if (size(h) < 1 || size(w) < 1) break;
        const out = 1 + pick(4);
        add('Conv', [x, floats([out, c, k, k])], { strides: [s, s], dilations: [d, d], pads: [p, p, p, p] }, [
          n,
          out,
          size(h),
          size(w),
        ]);
        break;
      }
      case 1: {
        const s = 1 + pick(3);
        const k = s + pick(2);
        const auto = ['SAME_UPPER', 'SAME_LOWER'][pick(2)];
        add('AveragePool', [x], { kernel_shape: [k, k], strides: [s, s], auto_pad: auto }, [
          n,
          c,
          Math.ceil(h / s),
          Math.ceil(w / s),
        ]);
        break;
      }
      case 2: {
        if (h < 3 || w < 3) break;
        const s = 1 + pick(3);
        // What rounding up gives is the runtime's to say.
        add('MaxPool', [x], { kernel_shape: [3, 3], strides: [s, s], ceil_mode: pick(2), pads: [1, 1, 1, 1] }, [
          n,
          c,
          -1,
          -1,
        ]);
        return { nodes, tensors, names, input };
      }
      case 3:
        add('Transpose', [x], { perm: [0, 2, 3, 1] }, [n, h, w, c]);
        break;
      case 4:
        add('Reshape', [x, ints([0, -1, h, 1])], {}, [n, c * w, h, 1]);
        break;
      case 5: {
        const [p, q] = [pick(3), pick(3)];
        add('Pad', [x, ints([0, 0, p, q, 0, 0, q, p])], {}, [n, c, h + p + q, w + q + p]);
        break;
      }
      case 6:
        add('Slice', [x, ints([-1, 0]), ints([-(2 ** 31), 1e6]), ints([2, -1]), ints([-2, 1])], {}, [
          n,
          c,
          Math.ceil(h / 2),
          w,
        ]);
        break;
      case 7:
        add('Concat', [x, x], { axis: -2 }, [n, c, 2 * h, w]);
        break;
      case 8:
        add('ReduceMean', [x], { axes: [3], keepdims: 1 }, [n, c, h, 1]);
        break;
      case 9:
        add('Mul', [x, floats([c, 1, 1])]);
        break;
      case 10: {
        const k = 1 + pick(5);
        add('MatMul', [x, floats([w, k])], {}, [n, c, h, k]);
        break;
      }
      case 11:
        add(
          'ConvTranspose',
          [x, floats([c, 2, 3, 3])],
          { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
          [n, 2, 2 * h, 2 * w],
        );
        break;
      default: {
        // A shape computed on the way: [n, c·h, w, 1], by way of Shape, Gather, Mul and Concat.
        const tag = `s${nodes.length}`;
        nodes.push(node('Shape', [x], [`${tag}s`]));
        const at = (k: number) => {
          nodes.push(node('Gather', [`${tag}s`, ints([k])], [`${tag}${k}`]));
          return `${tag}${k}`;
        };
        const [a, b, d, e] = [at(0), at(1), at(2), at(3)];
        nodes.push(
          node('Mul', [b, d], [`${tag}m`]),
          node('Concat', [a, `${tag}m`, e, ints([1])], [`${tag}t`], { axis: 0 }),
        );
        add('Reshape', [x, `${tag}t`], {}, [n, c * h, w, 1]);
      }
    }
  }
  return { nodes, tensors, names, input };
}

async function shapesOfRun(chain: ReturnType<typeof randomChain>) {
  const { nodes, tensors, names, input } = chain;
  const outputs = names.map((name) => valueInfo(name, DataType.FLOAT, null));
  const free = valueInfo(
    'x',
    DataType.FLOAT,
    input.map((_, i) => `d${i}`),
  );
  const proto = modelProto(graph('g', nodes, [free], outputs, tensors), 17);
  const session = await ort.InferenceSession.create(await unparse(modelOf(proto)), {
    logSeverityLevel: 4,
    graphOptimizationLevel: 'disabled',
  });
  const count = input.reduce((a, b) => a * b, 1);
  const result = await session.run({ x: new ort.Tensor('float32', new Float32Array(count), input) });
  await session.release();
  return { proto, dims: new Map(Object.entries(result).map(([name, t]) => [name, t.dims])) };
}

test('shapes are those that onnxruntime gives, on random chains', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const chain = randomChain(seed);
      if (chain.names.length === 0) return;
      const { proto, dims } = await shapesOfRun(chain);
      const model = modelOf(proto);
      const fixed = inferShapes(model, { inputs: { x: chain.input } });
      for (const [name, real] of dims) expect(fixed.get(name), name).toEqual({ dtype: 'float32', dims: [...real] });
      // With free dims less is known, and what is known stays true; a symbol that comes back has the input's size.
      for (const [name, real] of dims) {
        const free = inferShapes(model).get(name)!;
        expect(free.dims, name).toHaveLength(real.length);
        free.dims!.forEach((d, i) => {
          if (d === null) return;
          const value =
            typeof d === 'number'
              ? d
              : d.split('*').reduce((n, s) => n * (/^d\d$/.test(s) ? chain.input[Number(s[1])] : Number(s)), 1);
          expect(value, `${name} ${d}`).toBe(real[i]);
        });
      }
    }),
    { numRuns: 150 },
  );
}, 120_000);

test('odd models stay unknown and never throw', async () => {
  const zip = new Uint8Array(readFileSync(new URL('./fixtures/node-tests.zip', import.meta.url)));
  const r = new Random(7);
  const files = Object.entries(unzipSync(zip)) as [string, Uint8Array<ArrayBuffer>][];
  for (const [name, bytes] of files) {
    const model = await parse(bytes, name);
    const g = model.proto.graph!;
    const broken = g.node.map((n) => {
      const input = n.input.filter(() => r.int(4) > 0);
      const attribute = n.attribute
        .filter(() => r.int(3) > 0)
        .map((a) => (r.int(2) ? a : copyWith(a, { i: BigInt(r.int(9) - 4), ints: a.ints.slice(1) })));
      return copyWith(n, { input: r.int(2) ? input : [...n.input].reverse(), attribute });
    });
    const proto = copyWith(model.proto, { graph: copyWith(g, { node: broken }) });
    expect(() => inferShapes({ ...model, proto })).not.toThrow();
  }
});

test('huge dims, deep nests and shapes that come back to themselves end', () => {
  const big = 2 ** 45;
  const nodes = [
    node('MatMul', ['x', 'x'], ['a']),
    node('Flatten', ['a'], ['b'], { axis: 0 }),
    node('Shape', ['b'], ['s']),
    node('Expand', ['x', 's'], ['y']),
  ];
  const model = modelOf(
    modelProto(
      graph('g', nodes, [valueInfo('x', DataType.FLOAT, [big, big])], [valueInfo('y', DataType.FLOAT, null)]),
      17,
    ),
  );
  expect(inferShapes(model).get('a')?.dims).toEqual([big, big]);
  let body = graph('b', [node('Identity', ['x'], ['o'])], [], [valueInfo('o', DataType.FLOAT, null)]);
  for (let i = 0; i < 40; i++) {
    const deeper = node('If', ['c'], ['o'], { then_branch: { graph: body }, else_branch: { graph: body } });
    body = graph('b', [deeper], [], [valueInfo('o', DataType.FLOAT, null)]);
  }
  // 2⁴⁰ branches if each were followed: there is a budget.
  expect(() => inferShapes(modelOf(modelProto(body, 17)))).not.toThrow();
});
