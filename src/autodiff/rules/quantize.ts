import { PareError } from '../../base/errors.ts';
import { attrInt } from '../../onnx/attributes.ts';
import { DataType } from '../../onnx/proto.ts';
import { add, alongAxis, compare, div, mul, reshape, sub, unary, unbroadcast, where } from '../arithmetic.ts';
import type { Call, Rule } from '../tape.ts';

/** Least and largest integer of the dtypes that QuantizeLinear makes. */
const LIMITS: Readonly<Record<number, readonly [number, number]>> = {
  [DataType.INT8]: [-128, 127],
  [DataType.UINT8]: [0, 255],
  [DataType.INT16]: [-32768, 32767],
  [DataType.UINT16]: [0, 65535],
  [DataType.INT4]: [-8, 7],
  [DataType.UINT4]: [0, 15],
  [DataType.INT2]: [-2, 1],
  [DataType.UINT2]: [0, 3],
};

/** A scale or zero point in float, shaped to broadcast over `x`. */
function parameter(c: Call, name: string, rank: number, dtype: number): string {
  const t = c.tape;
  if (attrInt(c.node, 'block_size', 0)) {
    const where = c.node.name || c.outputs[0];
    throw new PareError('recipe/not-applicable', `Node "${where}" (${c.node.opType}) works in blocks.`, {
      where,
      hint: 'Learn before the model is quantized in blocks.',
    });
  }
  const value = t.dtype(name) === dtype ? name : t.op('Cast', [name], t.dims(name), { to: dtype }, { dtype });
  if (t.dims(name).length === 0) return value;
  const axis = attrInt(c.node, 'axis', 1);
  return t.dims(name).length === 1 && rank > 0 ? alongAxis(t, value, axis < 0 ? axis + rank : axis, rank) : value;
}

/**
 * Straight through: rounding counts as the identity, so x/s + z flows where it is inside the integers' range and not outside.
 * The integers' gradient is kept in units of one step. Together with DequantizeLinear's below that makes ∂x̂/∂x = 1 inside, and for
 * the scale that of LSQ (Esser et al. 2020, equation 3): round(v) − v inside, the limit outside, where v = x/s.
 */
const quantize: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const [x, s, z] = inputs;
  const dtype = t.dtype(x);
  const limits = LIMITS[t.dtype(outputs[0])];
  if (!limits) return [undefined];
  const rank = t.dims(x).length;
  const scale = parameter(c, s, rank, dtype);
  const v = div(t, x, scale);
  const shifted = z ? add(t, v, parameter(c, z, rank, dtype)) : v;
  const low = compare(t, 'Greater', shifted, t.scalar(limits[0], x));
  const high = compare(t, 'Less', shifted, t.scalar(limits[1], x));
  const inside = t.op('And', [low, high], t.dims(shifted), {}, { dtype: DataType.BOOL });
  const dv = where(t, inside, div(t, dy[0]!, scale), t.scalar(0, x));
  return [
    c.needs(0) ? dv : undefined,
    c.needs(1) ? reshape(t, unbroadcast(t, unary(t, 'Neg', mul(t, dv, v)), t.dims(scale)), t.dims(s)) : undefined,
    undefined,
  ];
};

const dequantize: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const [q, s, z] = inputs;
  const dtype = t.dtype(outputs[0]);
  const rank = t.dims(q).length;
  const scale = parameter(c, s, rank, dtype);
  const steps = () => {
    const wide = t.op('Cast', [q], t.dims(q), { to: dtype }, { dtype });
    return z ? sub(t, wide, parameter(c, z, rank, dtype)) : wide;
  };
  return [
    c.needs(0) ? mul(t, dy[0]!, scale) : undefined,
    c.needs(1) ? reshape(t, unbroadcast(t, mul(t, dy[0]!, steps()), t.dims(scale)), t.dims(s)) : undefined,
    undefined,
  ];
};

export const QUANTIZED: Readonly<Record<string, Rule>> = { QuantizeLinear: quantize, DequantizeLinear: dequantize };
