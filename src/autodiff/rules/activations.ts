import { attrFloat, attrInt, attrString } from '../../onnx/attributes.ts';
import { DataType } from '../../onnx/proto.ts';
import { add, compare, mul, reduceSum, scale, sub, unary, unbroadcast, where } from '../arithmetic.ts';
import type { Call, Rule, Tape } from '../tape.ts';
import { pointwise } from './elementwise.ts';

const above = (t: Tape, x: string, bound: number) => compare(t, 'Greater', x, t.scalar(bound, x));
const below = (t: Tape, x: string, bound: number) => compare(t, 'Less', x, t.scalar(bound, x));

function both(t: Tape, a: string, b: string): string {
  return t.op('And', [a, b], t.dims(a), {}, { dtype: DataType.BOOL });
}

/** dy where low < x < high, else 0. */
function within(t: Tape, dy: string, x: string, low: number, high: number): string {
  return where(t, both(t, above(t, x, low), below(t, x, high)), dy, t.scalar(0, dy));
}

/**
 * Gradient inside the bounds only. It looks at the clipped value and not at the input, which is then needed no more (and
 * lets the runtime clip inside the convolution before it): exactly at a bound it is zero, as PyTorch's hardtanh has it.
 */
const clip: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const y = outputs[0];
  const [, min, max] = inputs;
  const masks = [...(min ? [compare(t, 'Greater', y, min)] : []), ...(max ? [compare(t, 'Less', y, max)] : [])];
  if (masks.length === 0) return [dy[0]];
  return [
    where(
      t,
      masks.reduce((a, b) => both(t, a, b)),
      dy[0]!,
      t.scalar(0, y),
    ),
  ];
};

/** Φ(x) + x·φ(x) of the exact form; of the tanh form as in PyTorch's GeluBackward. */
const gelu = pointwise((c, dy, x) => {
  const t = c.tape;
  const k = (v: number) => t.scalar(v, x);
  if (attrString(c.node, 'approximate', 'none') !== 'tanh') {
    const phi = scale(t, unary(t, 'Exp', scale(t, mul(t, x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    const cdf = scale(t, add(t, unary(t, 'Erf', scale(t, x, Math.SQRT1_2)), k(1)), 0.5);
    return mul(t, dy, add(t, cdf, mul(t, x, phi)));
  }
  const s = Math.sqrt(2 / Math.PI);
  const x2 = mul(t, x, x);
  const th = unary(t, 'Tanh', scale(t, mul(t, x, add(t, scale(t, x2, 0.044715), k(1))), s));
  const inner = scale(t, add(t, scale(t, x2, 3 * 0.044715), k(1)), s);
  const slope = mul(t, mul(t, x, sub(t, k(1), mul(t, th, th))), inner);
  return mul(t, dy, scale(t, add(t, add(t, th, k(1)), slope), 0.5));
});

const prelu: Rule = (c) => {
  const { tape: t, inputs, dy } = c;
  const [x, slope] = inputs;
  const negative = below(t, x, 0);
  return [
    c.needs(0) ? where(t, negative, mul(t, dy[0]!, slope), dy[0]!) : undefined,
    c.needs(1) ? unbroadcast(t, where(t, negative, mul(t, dy[0]!, x), t.scalar(0, x)), t.dims(slope)) : undefined,
  ];
};

/** x > 0 ? dy·gain : dy·(y + gain·α), the shape that Elu and Selu share. */
function exponential(alpha: number, gain: number) {
  return (c: Call, dy: string, x: string, y: string): string => {
    const t = c.tape;
    const slope = where(t, above(t, x, 0), t.scalar(gain, x), add(t, y, t.scalar(alpha * gain, x)));
    return mul(t, dy, slope);
  };
}

/** Softmax over one axis. */
const softmax: Rule = (c) => {
  const { tape: t, outputs, dy } = c;
  const y = outputs[0];
  const g = mul(t, dy[0]!, y);
  return [sub(t, g, mul(t, y, reduceSum(t, g, [attrInt(c.node, 'axis', -1)])))];
};

const logSoftmax: Rule = (c) => {
  const { tape: t, outputs, dy } = c;
  const total = reduceSum(t, dy[0]!, [attrInt(c.node, 'axis', -1)]);
  return [sub(t, dy[0]!, mul(t, unary(t, 'Exp', outputs[0]), total))];
};

export const ACTIVATIONS: Readonly<Record<string, Rule>> = {
  // By the output, so that the runtime may do the Relu inside the convolution before it.
  Relu: pointwise((c, dy, _, y) => where(c.tape, above(c.tape, y, 0), dy, c.tape.scalar(0, dy))),
  LeakyRelu: pointwise((c, dy, x) =>
    where(c.tape, above(c.tape, x, 0), dy, scale(c.tape, dy, attrFloat(c.node, 'alpha', 0.01))),
  ),
  PRelu: prelu,
  Elu: pointwise((c, dy, x, y) => exponential(attrFloat(c.node, 'alpha', 1), 1)(c, dy, x, y)),
  Selu: pointwise((c, dy, x, y) =>
    exponential(attrFloat(c.node, 'alpha', 1.6732632), attrFloat(c.node, 'gamma', 1.050701))(c, dy, x, y),
  ),
  Clip: clip,
  Sigmoid: pointwise((c, dy, _, y) => mul(c.tape, dy, mul(c.tape, y, sub(c.tape, c.tape.scalar(1, y), y)))),
  HardSigmoid: pointwise((c, dy, _, y) => within(c.tape, scale(c.tape, dy, attrFloat(c.node, 'alpha', 0.2)), y, 0, 1)),
  // x/6 + HardSigmoid(x) inside (−3, 3)
  HardSwish: pointwise((c, dy, x) => {
    const t = c.tape;
    const gate = t.op('HardSigmoid', [x], t.dims(x), { alpha: { float: 1 / 6 }, beta: { float: 0.5 } });
    return add(t, mul(t, dy, gate), within(t, mul(t, dy, scale(t, x, 1 / 6)), x, -3, 3));
  }),
  Tanh: pointwise((c, dy, _, y) => mul(c.tape, dy, sub(c.tape, c.tape.scalar(1, y), mul(c.tape, y, y)))),
  Softplus: pointwise((c, dy, x) => mul(c.tape, dy, unary(c.tape, 'Sigmoid', x))),
  Softsign: pointwise((c, dy, x) => {
    const t = c.tape;
    const d = add(t, unary(t, 'Abs', x), t.scalar(1, x));
    return t.op('Div', [dy, mul(t, d, d)], t.dims(x));
  }),
  Gelu: gelu,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
