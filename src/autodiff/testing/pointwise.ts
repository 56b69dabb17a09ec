import { type Attributes, broadcast, build, int, type Operator, stretched, text } from './tensor.ts';

/** erf by its Taylor series and, further out, its continued fraction: to about 1e-15. */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 80; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

const unary =
  (f: (x: number, a: Attributes) => number): Operator =>
  ([x], a) => [{ dims: x!.dims, data: x!.data.map((v) => f(v, a)) }];

/** An operator of any number of inputs that broadcast. */
const nary =
  (f: (...x: number[]) => number): Operator =>
  (inputs) => {
    const given = inputs.map((x) => x!);
    const dims = broadcast(...given.map((x) => x.dims));
    return [build(dims, (at) => f(...given.map((x) => stretched(x, at))))];
  };

const sum = (...x: number[]) => x.reduce((a, b) => a + b, 0);

export const POINTWISE: Readonly<Record<string, Operator>> = {
  Add: nary((a, b) => a + b),
  Sub: nary((a, b) => a - b),
  Mul: nary((a, b) => a * b),
  Div: nary((a, b) => a / b),
  Pow: nary((a, b) => a ** b),
  Sum: nary(sum),
  Mean: nary((...x) => sum(...x) / x.length),
  Max: nary(Math.max),
  Min: nary(Math.min),
  Where: nary((c, a, b) => (c ? a : b)),
  PRelu: nary((x, s) => (x < 0 ? s * x : x)),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Sqrt: unary(Math.sqrt),
  Reciprocal: unary((x) => 1 / x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sin: unary(Math.sin),
  Cos: unary(Math.cos),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sigmoid: unary(sigmoid),
  Identity: unary((x) => x),
  Dropout: unary((x) => x),
  Cast: unary((x) => x),
  Relu: unary((x) => Math.max(0, x)),
  LeakyRelu: unary((x, a) => (x < 0 ? int(a, 'alpha', 0.01) * x : x)),
  Elu: unary((x, a) => (x < 0 ? int(a, 'alpha', 1) * Math.expm1(x) : x)),
  Selu: unary((x, a) => {
    const gamma = int(a, 'gamma', 1.0507009873554805);
    return x <= 0 ? gamma * int(a, 'alpha', 1.6732632423543772) * Math.expm1(x) : gamma * x;
  }),
  HardSigmoid: unary((x, a) => clamp(int(a, 'alpha', 0.2) * x + int(a, 'beta', 0.5), 0, 1)),
  HardSwish: unary((x) => x * clamp(x / 6 + 0.5, 0, 1)),
  Softplus: unary((x) => Math.log1p(Math.exp(x))),
  Softsign: unary((x) => x / (1 + Math.abs(x))),
  Gelu: unary((x, a) => {
    if (text(a, 'approximate', 'none') === 'none') return 0.5 * x * (1 + erf(x / Math.SQRT2));
    return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }),
  Clip: ([x, low, high]) => {
    const [min, max] = [low?.data[0] ?? -Infinity, high?.data[0] ?? Infinity];
    return [{ dims: x!.dims, data: x!.data.map((v) => clamp(v, min, max)) }];
  },
};
