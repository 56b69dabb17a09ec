import { attrInt } from '../../onnx/attributes.ts';
import { compare, div, expand, mul, range, reduceSum, reshape, scale, sub, unary, where } from '../arithmetic.ts';
import { type Call, type Rule, sizeOf } from '../tape.ts';

interface Reduction {
  readonly axes: readonly number[];
  /** dy and y with the reduced axes kept as 1. */
  readonly dy: string;
  readonly y: string;
  /** Elements that each result is made of. */
  readonly count: number;
}

/** Turns a gradient of the reduced shape into one of the input's. `f` may leave it to broadcast. */
function reduction(f: (c: Call, x: string, r: Reduction) => string): Rule {
  return (c) => {
    const { tape: t, inputs, outputs } = c;
    const dims = t.dims(inputs[0]);
    const given = t.elements(inputs[1]);
    const none = !given || given.length === 0;
    if (none && attrInt(c.node, 'noop_with_empty_axes', 0)) return [c.dy[0]];
    const axes = none ? range(dims.length) : given.map((a) => (a < 0 ? a + dims.length : a));
    const kept = dims.map((d, i) => (axes.includes(i) ? 1 : d));
    const g = f(c, inputs[0], {
      axes,
      dy: reshape(t, c.dy[0]!, kept),
      y: reshape(t, outputs[0], kept),
      count: sizeOf(axes.map((a) => dims[a])),
    });
    return [expand(t, g, dims)];
  };
}

/** Those that are equal to the extreme share its gradient, as in PyTorch's amax. */
const extreme = reduction(({ tape: t }, x, r) => {
  const hit = where(t, compare(t, 'Equal', x, r.y), t.scalar(1, x), t.scalar(0, x));
  return mul(t, hit, div(t, r.dy, reduceSum(t, hit, r.axes)));
});

/** The axes are the second input, as from opset 18 on. */
export const REDUCTIONS: Readonly<Record<string, Rule>> = {
  ReduceSum: reduction((_, __, r) => r.dy),
  ReduceMean: reduction((c, _, r) => scale(c.tape, r.dy, 1 / r.count)),
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceProd: reduction(({ tape: t }, x, r) => div(t, mul(t, r.dy, r.y), x)),
  ReduceL1: reduction(({ tape: t }, x, r) => mul(t, r.dy, unary(t, 'Sign', x))),
  ReduceL2: reduction(({ tape: t }, x, r) => mul(t, x, div(t, r.dy, r.y))),
  ReduceSumSquare: reduction(({ tape: t }, x, r) => mul(t, x, scale(t, r.dy, 2))),
  ReduceLogSum: reduction(({ tape: t }, _, r) => div(t, r.dy, unary(t, 'Exp', r.y))),
  ReduceLogSumExp: reduction(({ tape: t }, x, r) => mul(t, r.dy, unary(t, 'Exp', sub(t, x, r.y)))),
};
