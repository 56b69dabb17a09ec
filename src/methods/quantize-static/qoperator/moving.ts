import { attrString } from '../../../onnx/attributes.ts';
import { node as makeNode } from '../../../onnx/build.ts';
import { copyWith, type NodeProto } from '../../../onnx/proto.ts';
import { dimsOf, makeTensor, readFloats } from '../../../onnx/tensor.ts';
import { QUANT } from '../../ort/arithmetic.ts';
import { quantizeValues, rawQuantized } from '../../ort/quantize.ts';
import { ACTIVATION, isFloatIn, named, type Quantized, type Rule, type Walk } from './walk.ts';

/** Operators that move values and compute none: they run on the integers, and what comes out has the scale of what went in. */

export const split: Rule = async (walk, n) => {
  if (!isFloatIn(walk, n) || !walk.can(n.input[0])) return false;
  const x = await walk.quantize(n.input[0], ACTIVATION);
  const outputs = n.output.map((name) => {
    const q = walk.scope.name(`${name}quantized`);
    walk.set(name, { q, scale: x.scale, zeroPoint: x.zeroPoint });
    return q;
  });
  const made = makeNode(n.opType, [x.q, ...n.input.slice(1)], outputs, {}, named(n));
  walk.emit(copyWith(made, { attribute: n.attribute }));
  return true;
};

export const pad: Rule = async (walk, n) => {
  const x = walk.find(n.input[0]);
  if (!isFloatIn(walk, n) || walk.scope.opset < 11 || !x) return false;
  const input = [...n.input];
  if (attrString(n, 'mode', 'constant') === 'constant') input[2] = await padValue(walk, n, x);
  walk.passThrough(copyWith(n, { input }), x);
  return true;
};

async function padValue(walk: Walk, n: NodeProto, x: Quantized): Promise<string> {
  const value = n.input[2];
  if (!value) return x.zeroPoint;
  const { wiring, options } = walk.scope;
  const constant = wiring.initializer(value);
  const q = walk.scope.name(`${value}_quantized`);
  if (!constant) {
    walk.emit(makeNode('QuantizeLinear', [value, x.scale, x.zeroPoint], [q], {}, { name: `${value}_QuantizeLinear` }));
    return q;
  }
  const { activationType: type } = options;
  const scale = await readFloats(wiring.initializer(x.scale)!);
  const zero = wiring.initializer(x.zeroPoint)!.rawData;
  const zeroPoint = Int32Array.of(QUANT[type].signed ? (zero[0] << 24) >> 24 : zero[0]);
  const one = { dims: dimsOf(constant), granularity: 'tensor' as const, axis: 0, block: 0 };
  const values = quantizeValues(await readFloats(constant), one, type, scale.slice(0, 1), zeroPoint);
  return walk.put(makeTensor(q, QUANT[type].dataType, dimsOf(constant), rawQuantized(values, type)));
}

/** Operators that only move values. */
export const direct: Rule = async (walk, n) => {
  if (!isFloatIn(walk, n)) return false;
  const { options, opset, wiring } = walk.scope;
  if ((n.opType === 'MaxPool' && opset < 12) || (n.opType === 'Resize' && opset < 11)) return false;
  const [x] = n.input;
  if (options.forceQuantizeNoInputCheck) {
    if (!wiring.initializer(x)) return false;
    walk.passThrough(n, await walk.quantize(x, ACTIVATION));
    return true;
  }
  const quantized = walk.find(x);
  if (quantized) walk.passThrough(n, quantized);
  else walk.emit(n);
  return true;
};

export const gather: Rule = async (walk, n) => {
  const [x] = n.input;
  if (!walk.scope.wiring.initializer(x) || !walk.scope.isFloat(x)) return false;
  walk.passThrough(n, await walk.quantize(x, ACTIVATION));
  return true;
};
