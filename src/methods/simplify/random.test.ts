import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { type AttributeValue, graph, modelProto, node, valueInfo } from '../../onnx/build.ts';
import { checkModel } from '../../onnx/check.ts';
import type { Model } from '../../onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../onnx/proto.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { feedsFor, run, unparse } from '../../onnx/testing.ts';
import { simplified } from './testing.ts';

interface Value {
  name: string;
  dims: number[];
}

/** A random graph of what the rules act on: values are taken by none, one or several nodes, and some are outputs. */
function randomNet(seed: number): Model {
  const r = new Random(seed);
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  const constants = new Map<string, string>();
  const floats = (dims: number[], make = () => r.normal() * 0.5) => {
    // Constants of the same dims are sometimes shared.
    const key = dims.join();
    if (constants.has(key) && r.int(4) === 0) return constants.get(key)!;
    const name = `t${tensors.length}`;
    tensors.push(
      makeTensor(name, DataType.FLOAT, dims, Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, make)),
    );
    constants.set(key, name);
    return name;
  };
  const ints = (values: number[], dims = [values.length]) => {
    tensors.push(makeTensor(`t${tensors.length}`, DataType.INT64, dims, BigInt64Array.from(values, BigInt)));
    return tensors.at(-1)!.name;
  };
  const pool: Value[] = [{ name: 'x', dims: [2, 3, 6, 6] }];
  const add = (op: string, inputs: string[], dims: number[], attributes: Record<string, AttributeValue> = {}) => {
    const name = `v${nodes.length}`;
    nodes.push(node(op, inputs, [name], attributes));
    pool.push({ name, dims });
    return name;
  };
  for (let i = 0; i < 14; i++) {
    // Mostly the latest value, so that chains come about.
    const { name: x, dims } = pool[r.int(3) ? pool.length - 1 : r.int(pool.length)];
    const [n, c, h, w] = dims;
    const channel = () => [[c, 1, 1], [1, c, 1, 1], [1], [1, 1, 1]][r.int(4)];
    switch (r.int(14)) {
      case 0:
      case 1: {
        const out = 1 + r.int(4);
        const bias = r.int(2) ? [floats([out])] : [];
        add('Conv', [x, floats([out, c, 3, 3], () => r.normal() * 0.2), ...bias], [n, out, h, w], {
          pads: [1, 1, 1, 1],
        });
        break;
      }
      case 2:
      case 3: {
        const variance = Float32Array.from({ length: c }, () => 0.5 + r.next());
        tensors.push(makeTensor(`t${tensors.length}`, DataType.FLOAT, [c], variance));
        const name = tensors.at(-1)!.name;
        add('BatchNormalization', [x, floats([c]), floats([c]), floats([c]), name], dims);
        break;
      }
      case 4:
      case 5: {
        const op = ['Mul', 'Add', 'Sub'][r.int(3)];
        const pair = [x, floats(channel())];
        add(op, r.int(2) ? pair : pair.reverse(), dims);
        break;
      }
      case 6: {
        const same = pool.filter((v) => v.dims.join() === dims.join());
        add('Add', [x, same[r.int(same.length)].name], dims);
        break;
      }
      case 7:
        add('Transpose', [x], [n, c, w, h], { perm: [0, 1, 3, 2] });
        break;
      case 8: {
        const out = 1 + r.int(3);
        const padded = add('Pad', [x, ints([0, 0, 1, 0, 0, 0, 0, 2])], [n, c, h + 1, w + 2]);
        add('Conv', [padded, floats([out, c, 2, 3])], [n, out, h, w]);
        break;
      }
      case 9: {
        const flat = add('Reshape', [x, ints([0, -1])], [n, c * h * w]);
        const back = add('Reshape', [flat, ints([n, c, w, h])], [n, c, w, h]);
        if (r.int(2)) add('Relu', [back], [n, c, w, h]);
        pool.splice(
          pool.findIndex((v) => v.name === flat),
          1,
        );
        break;
      }
      case 10:
        add(['Identity', 'Dropout', 'Relu', 'Tanh'][r.int(4)], [x], dims);
        break;
      case 11: {
        const wide = `d${nodes.length}`;
        nodes.push(node('Cast', [x], [wide], { to: DataType.DOUBLE }));
        add('Cast', [wide], dims, { to: DataType.FLOAT });
        break;
      }
      case 12: {
        const k = add('Exp', [floats([c, 1, 1])], [c, 1, 1]);
        pool.pop();
        add('Mul', [x, k], dims);
        break;
      }
      default:
        add('Concat', [x, x], [n, 2 * c, h, w], { axis: 1 });
    }
  }
  const outputs = pool.slice(1).filter((_, i, all) => i === all.length - 1 || r.int(6) === 0);
  const out = outputs.map((v) => valueInfo(v.name, DataType.FLOAT, null));
  const proto = modelProto(graph('g', nodes, [valueInfo('x', DataType.FLOAT, ['n', 3, 6, 6])], out, tensors), 17);
  return { name: 'net.onnx', proto, bytes: 0, external: [] };
}

test('random graphs compute the same with no more nodes, and a second time changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const model = randomNet(seed);
      if (model.proto.graph!.output.length === 0) return;
      const { model: after } = await simplified(model);
      expect(checkModel(after)).toEqual([]);
      expect(after.proto.graph!.node.length).toBeLessThanOrEqual(model.proto.graph!.node.length);
      const feeds = feedsFor(model)!;
      const [x, y] = [await run(await unparse(model), feeds), await run(await unparse(after), feeds)];
      expect(x).toBeDefined();
      for (const [name, { dims, data }] of Object.entries(x!)) {
        expect(y![name].dims).toEqual(dims);
        const [a, b] = [data as Float32Array, y![name].data as Float32Array];
        const top = Math.max(1e-6, ...a.map(Math.abs));
        // Folding rounds weights once more (6e-8 each) at each of up to 14 layers; a wrong rule is off by far more.
        for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i]) / top).toBeLessThan(1e-5);
      }
      const { model: again } = await simplified(after);
      expect(again.proto.graph!.node.length).toBe(after.proto.graph!.node.length);
    }),
    { numRuns: 150 },
  );
}, 180_000);
