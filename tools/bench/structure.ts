import * as v from 'valibot';
import { Random } from '../../src/base/random.ts';
import { pruneChannelsMethod } from '../../src/methods/prune-channels/index.ts';
import { pruneChannelsSchema } from '../../src/methods/prune-channels/options.ts';
import { simplifyMethod } from '../../src/methods/simplify/index.ts';
import { simplifySchema } from '../../src/methods/simplify/options.ts';
import { testContext } from '../../src/methods/testing.ts';
import type { MethodContext } from '../../src/methods/types.ts';
import { graph, modelProto, node, valueInfo } from '../../src/onnx/build.ts';
import { countMacs } from '../../src/onnx/macs.ts';
import type { Model } from '../../src/onnx/model.ts';
import { DataType, type NodeProto, type TensorProto } from '../../src/onnx/proto.ts';
import { inferShapes } from '../../src/onnx/shapes/infer.ts';
import { makeTensor } from '../../src/onnx/tensor.ts';
import { modelBytes } from '../../src/onnx/write.ts';
import { openSession } from '../../src/runtime/session.ts';
import type { BenchOptions } from './main.ts';
import { printTable } from './table.ts';

/**
 * A network as exporters write them: a first and a last layer, and between them residual blocks with normalisation, identities, casts,
 * transposes there and back, depthwise layers and shape arithmetic.
 */
export function exportedNet(size: number): Model {
  const r = new Random(1);
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  const channels = 8;
  const tensor = (dims: number[], make = () => r.normal() * 0.1) => {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, make);
    tensors.push(makeTensor(`t${tensors.length}`, DataType.FLOAT, dims, data));
    return tensors.at(-1)!.name;
  };
  const constant = (values: number[], dims = [values.length]) => {
    const name = `c${nodes.length}`;
    nodes.push(
      node('Constant', [], [name], {
        value: { tensor: makeTensor('', DataType.INT64, dims, BigInt64Array.from(values, BigInt)) },
      }),
    );
    return name;
  };
  const add = (op: string, inputs: string[], attributes: Parameters<typeof node>[3] = {}) => {
    const y = `v${nodes.length}`;
    nodes.push(node(op, inputs, [y], attributes));
    return y;
  };
  let x = add('Conv', ['x', tensor([channels, channels, 1, 1])]);
  while (nodes.length < size - 20) {
    const pads = { pads: [1, 1, 1, 1] };
    const conv = add('Conv', [x, tensor([channels, channels, 3, 3])], pads);
    const norm = [tensor([channels]), tensor([channels]), tensor([channels]), tensor([channels], () => 0.5 + r.next())];
    const relu = add('Relu', [add('Identity', [add('BatchNormalization', [conv, ...norm])])]);
    const there = add('Transpose', [relu], { perm: [0, 2, 3, 1] });
    const back = add('Transpose', [add('Cast', [there], { to: DataType.FLOAT })], { perm: [0, 3, 1, 2] });
    const scaled = add('Mul', [
      add('Conv', [back, tensor([channels, 1, 3, 3])], { ...pads, group: channels }),
      tensor([channels, 1, 1]),
    ]);
    const shape = add('Shape', [scaled]);
    const batch = add('Unsqueeze', [add('Gather', [shape, constant([0], [])]), constant([0])]);
    const target = add('Concat', [batch, constant([channels]), constant([64])], { axis: 0 });
    const flat = add('Reshape', [scaled, target]);
    const square = add('Reshape', [flat, add('Concat', [batch, constant([channels, 8, 8])], { axis: 0 })]);
    x = add('Add', [add('Conv', [square, tensor([channels, channels, 1, 1])]), x]);
  }
  nodes.push(node('Conv', [x, tensor([channels, channels, 1, 1])], ['y']));
  const io = [
    valueInfo('x', DataType.FLOAT, ['batch', channels, 8, 8]),
    valueInfo('y', DataType.FLOAT, ['batch', channels, 8, 8]),
  ];
  return {
    name: 'net.onnx',
    proto: modelProto(graph('net', nodes, [io[0]], [io[1]], tensors), 17),
    bytes: 0,
    external: [],
  };
}

const context = (): MethodContext => ({
  ...testContext(),
  openSession: async (model, options) => openSession(await modelBytes(model), options),
});

async function timed<T>(work: () => T | Promise<T>): Promise<[T, number]> {
  const start = performance.now();
  const value = await work();
  return [value, performance.now() - start];
}

/** Times shape inference, counting, `simplify` and `prune-channels` on graphs of 1,000 to 100,000 nodes, and says how they grow. */
export async function run(_options: BenchOptions = {}): Promise<void> {
  const rows: (string | number)[][] = [];
  let before = 0;
  const options = v.parse(simplifySchema, { method: 'simplify' });
  const pruning = v.parse(pruneChannelsSchema, { method: 'prune-channels', reduction: 0.5 });
  await pruneChannelsMethod.apply(
    await simplifyMethod.apply(exportedNet(1000), options, context()),
    pruning,
    context(),
  );
  for (const size of [1000, 10_000, 100_000]) {
    const model = exportedNet(size);
    const nodes = model.proto.graph!.node.length;
    const [shapes, infer] = await timed(() => inferShapes(model));
    const [costs, macs] = await timed(() => countMacs(model, shapes));
    const [after, simplify] = await timed(() => simplifyMethod.apply(model, options, context()));
    const [pruned, prune] = await timed(() => pruneChannelsMethod.apply(after, pruning, context()));
    const left = countMacs(pruned, inferShapes(pruned)).total / costs.total;
    const growth = before ? `${((simplify + prune) / before).toFixed(1)}×` : '';
    before = simplify + prune;
    const shown = [simplify, prune, before].map(Math.round);
    rows.push([nodes, after.proto.graph!.node.length, infer, macs, ...shown, growth, `${Math.round(100 * left)} %`]);
  }
  printTable(
    'Structure: milliseconds of shapes, MACs, simplify and channel pruning',
    ['nodes', 'after', 'shapes', 'MACs', 'simplify', 'prune', 'both', 'for 10× the nodes', 'MACs left'],
    rows,
  );
}
