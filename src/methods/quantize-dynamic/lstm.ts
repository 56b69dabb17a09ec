import { node as makeNode } from '../../onnx/build.ts';
import { copyWith, type NodeProto } from '../../onnx/proto.ts';
import { dimsOf } from '../../onnx/tensor.ts';
import { MICROSOFT } from '../ort/graphs.ts';
import { isQuantizable } from '../ort/initializer.ts';
import { transpose } from '../ort/transpose.ts';
import type { Quantized, Walk } from './walk.ts';

/**
 * LSTM with constant W and R becomes DynamicQuantizeLSTM: operators/lstm.py. Both are int8 whatever the recipe's weight
 * type, one scale per direction, or per row with `perChannel`, and stored with their last two axes exchanged.
 */
export function lstm(walk: Walk, n: NodeProto): boolean {
  const [x, w, r] = n.input;
  if (!walk.isFloat(x) || !fits(walk, w) || !fits(walk, r)) return false;
  const [wq, rq] = [quantizeGates(walk, w), quantizeGates(walk, r)];
  walk.dequantize(x);
  // The reference leaves these to whoever made them, and they may exist only quantized.
  const rest = [3, 4, 5, 6, 7].map((i) => n.input[i] ?? '');
  for (const name of rest) walk.dequantize(name);
  const inputs = [x, wq.q, rq.q, ...rest, wq.scale, wq.zeroPoint, rq.scale, rq.zeroPoint];
  const made = makeNode(
    'DynamicQuantizeLSTM',
    inputs,
    n.output,
    {},
    {
      ...(n.name && { name: `${n.name}_quant` }),
      domain: MICROSOFT,
    },
  );
  walk.emit(copyWith(made, { attribute: n.attribute.filter((a) => a.name !== 'layout') }));
  return true;
}

function fits(walk: Walk, name: string): boolean {
  const tensor = walk.edit.initializer(name);
  return tensor !== undefined && isQuantizable(tensor) && tensor.dims.length === 3;
}

function quantizeGates(walk: Walk, name: string): Quantized {
  const known = walk.findQuantized(name);
  if (known) return known;
  const { options, work } = walk.shared;
  const [directions, rows, columns] = dimsOf(walk.edit.initializer(name)!);
  const dims = options.perChannel ? [directions * rows, columns] : [directions, rows, columns];
  return walk.addConstant(
    name,
    { dims, granularity: 'channel', axis: 0, block: 0 },
    { type: 'QInt8', symmetric: options.weightSymmetric ?? true, axis: 0, reduceRange: options.reduceRange, work },
    {
      arrange: {
        dims: [directions, columns, rows],
        permute: (q) => transpose(q as Int8Array<ArrayBuffer>, rows, columns, new Int8Array(q.length), directions),
      },
      parameterDims: options.perChannel ? [directions, rows] : [directions],
    },
  );
}
