import { add, binary, compare, div, mul, scale, sub, unary, unbroadcast, where } from '../arithmetic.ts';
import { type Call, isFloat, type Rule } from '../tape.ts';

/** An elementwise operator of one input: its gradient as a function of dy, x and y. */
export function pointwise(f: (c: Call, dy: string, x: string, y: string) => string): Rule {
  return (c) => [f(c, c.dy[0]!, c.inputs[0], c.outputs[0])];
}

/** Each input's share of a sum, brought back to its shape. */
function shares(c: Call, share: (i: number) => string): (string | undefined)[] {
  return c.inputs.map((name, i) => (c.needs(i) ? unbroadcast(c.tape, share(i), c.tape.dims(name)) : undefined));
}

const pow: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const [x, p] = inputs;
  // The exponent may be of another dtype than the base.
  const q = t.dtype(p) === t.dtype(x) ? p : t.op('Cast', [p], t.dims(p), { to: t.dtype(x) }, { dtype: t.dtype(x) });
  return shares(c, (i) => {
    if (i === 1) {
      // y·ln x; zero where x is not positive, as PyTorch has it for 0.
      const positive = compare(t, 'Greater', x, t.scalar(0, x));
      const log = unary(t, 'Log', where(t, positive, x, t.scalar(1, x)));
      return mul(t, dy[0]!, mul(t, outputs[0], log));
    }
    const known = t.elements(p);
    if (known?.length === 1 && known[0] === 2) return mul(t, dy[0]!, scale(t, x, 2));
    return mul(t, dy[0]!, mul(t, q, binary(t, 'Pow', x, sub(t, q, t.scalar(1, x)))));
  });
};

/** Max and Min of any number of inputs: those that are equal share the gradient, as in PyTorch. */
const extreme: Rule = (c) => {
  const { tape: t, inputs, outputs, dy } = c;
  const like = inputs[0];
  const hits = inputs.map((x) => where(t, compare(t, 'Equal', x, outputs[0]), t.scalar(1, like), t.scalar(0, like)));
  const share = div(
    t,
    dy[0]!,
    hits.reduce((a, b) => add(t, a, b)),
  );
  return shares(c, (i) => mul(t, share, hits[i]));
};

/** Operators of one or more inputs that broadcast, and of one input without parameters. */
export const ELEMENTWISE: Readonly<Record<string, Rule>> = {
  Add: (c) => shares(c, () => c.dy[0]!),
  Sub: (c) => shares(c, (i) => (i === 0 ? c.dy[0]! : unary(c.tape, 'Neg', c.dy[0]!))),
  Mul: (c) => shares(c, (i) => mul(c.tape, c.dy[0]!, c.inputs[1 - i])),
  Div: (c) =>
    shares(c, (i) => {
      const t = c.tape;
      const by = div(t, c.dy[0]!, c.inputs[1]);
      return i === 0 ? by : unary(t, 'Neg', mul(t, by, c.outputs[0]));
    }),
  Pow: pow,
  Sum: (c) => shares(c, () => c.dy[0]!),
  Mean: (c) => {
    const dy = scale(c.tape, c.dy[0]!, 1 / c.inputs.length);
    return shares(c, () => dy);
  },
  Max: extreme,
  Min: extreme,
  Where: (c) => {
    const t = c.tape;
    const [condition, a, b] = c.inputs;
    const zero = t.scalar(0, c.dy[0]!);
    return [
      undefined,
      c.needs(1) ? unbroadcast(t, where(t, condition, c.dy[0]!, zero), t.dims(a)) : undefined,
      c.needs(2) ? unbroadcast(t, where(t, condition, zero, c.dy[0]!), t.dims(b)) : undefined,
    ];
  },
  Neg: pointwise((c, dy) => unary(c.tape, 'Neg', dy)),
  Abs: pointwise((c, dy, x) => mul(c.tape, dy, unary(c.tape, 'Sign', x))),
  Sqrt: pointwise((c, dy, _, y) => scale(c.tape, div(c.tape, dy, y), 0.5)),
  Reciprocal: pointwise((c, dy, _, y) => unary(c.tape, 'Neg', mul(c.tape, dy, mul(c.tape, y, y)))),
  Exp: pointwise((c, dy, _, y) => mul(c.tape, dy, y)),
  Log: pointwise((c, dy, x) => div(c.tape, dy, x)),
  Sin: pointwise((c, dy, x) => mul(c.tape, dy, unary(c.tape, 'Cos', x))),
  Cos: pointwise((c, dy, x) => unary(c.tape, 'Neg', mul(c.tape, dy, unary(c.tape, 'Sin', x)))),
  // 2/√π · e^(−x²)
  Erf: pointwise((c, dy, x) => {
    const t = c.tape;
    const bell = unary(t, 'Exp', unary(t, 'Neg', mul(t, x, x)));
    return mul(t, dy, scale(t, bell, 2 / Math.sqrt(Math.PI)));
  }),
  Cast: (c) => {
    const t = c.tape;
    const dtype = t.dtype(c.inputs[0]);
    if (!isFloat(dtype)) return [undefined];
    if (t.dtype(c.dy[0]!) === dtype) return [c.dy[0]];
    return [t.op('Cast', [c.dy[0]!], t.dims(c.dy[0]!), { to: dtype }, { dtype })];
  },
};
