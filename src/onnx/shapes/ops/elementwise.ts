import { type Infer, isFollowed, MAX_DATA, type NodeContext } from '../context.ts';
import { addDims, broadcastDims, type Dim, type Dims, divDims, mulDims, numericDims } from '../dims.ts';

/** Output like input 0. */
export const like: Infer = (c) => c.out(0, c.in(0).dtype, c.dims(0));

const asBool: Infer = (c) => c.out(0, 'bool', c.dims(0));

/** Like input 0 with its data passed through a function, where all of it is known. */
function mapped(f: (x: number) => number): Infer {
  return (c) => {
    const { dtype, dims } = c.in(0);
    c.out(0, dtype, dims, c.ints(0)?.map(f));
  };
}

type Binary = (a: Dim, b: Dim) => Dim;

const known =
  (f: (a: number, b: number) => number): Binary =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? f(a, b) : null;

const SUB: Binary = (a, b) => (typeof b === 'number' ? addDims(a, -b) : a !== null && a === b ? 0 : null);
/** ORT divides integers as C does, towards zero. Only exact divisions of symbols are followed. */
const DIV: Binary = (a, b) => {
  if (typeof a === 'number' && typeof b === 'number') return b === 0 ? null : Math.trunc(a / b);
  return divDims(a, b);
};
const MOD: Binary = (a, b) => (typeof a === 'number' && typeof b === 'number' && a >= 0 && b > 0 ? a % b : null);

/** The elements of a broadcast operation on small tensors; undefined when they are not followed. */
export function broadcastData(c: NodeContext, f: (values: Dim[]) => Dim, first = 0): Dims | undefined {
  const inputs = c.inputs.slice(first);
  const dims = numericDims(broadcastDims(inputs.map((x) => x?.dims ?? null)));
  const count = dims?.reduce((a, b) => a * b, 1);
  if (!dims || count === undefined || count > MAX_DATA || inputs.some((x) => !x?.data)) return undefined;
  const shapes = inputs.map((x) => x!.dims as number[]);
  const out: Dim[] = [];
  for (let i = 0; i < count; i++) {
    const values = inputs.map((x, k) => {
      let index = 0;
      let stride = 1;
      let rest = i;
      for (let d = dims.length - 1; d >= 0; d--) {
        const at = rest % dims[d];
        rest = Math.floor(rest / dims[d]);
        const own = shapes[k][d - (dims.length - shapes[k].length)];
        if (own === undefined) continue;
        if (own > 1) index += at * stride;
        stride *= own;
      }
      return x!.data![index];
    });
    out.push(f(values));
  }
  return out;
}

function broadcastShape(c: NodeContext): Dims | null {
  // Before opset 7 the second input was broadcast to the first one's shape.
  if (c.version < 7 && c.node.attribute.some((a) => a.name === 'broadcast' || a.name === 'axis')) return c.dims(0);
  return broadcastDims(c.node.input.map((_, i) => c.dims(i)));
}

function broadcast(f?: Binary, dtype?: string): Infer {
  return (c) => {
    const type = dtype ?? (c.in(0).dtype || c.in(1).dtype);
    // A sum that is not known may be of any sign, unlike the size of a dim: it gets no symbol that could pass for one.
    const value: Binary = (a, b) => {
      const d = f!(a, b);
      return typeof d === 'string' && d.startsWith('?') && d !== a && d !== b ? null : d;
    };
    const data = f && isFollowed(type) ? broadcastData(c, ([a, b]) => value(a, b)) : undefined;
    c.out(0, type, broadcastShape(c), data);
  };
}

const compare = (f: (a: number, b: number) => boolean) =>
  broadcast(
    known((a, b) => Number(f(a, b))),
    'bool',
  );
const equal: Binary = (a, b) => (typeof a === 'number' && typeof b === 'number' ? Number(a === b) : null);

const where: Infer = (c) => {
  const dtype = c.in(1).dtype || c.in(2).dtype;
  const data = isFollowed(dtype) && broadcastData(c, ([k, a, b]) => (k === 1 ? a : k === 0 ? b : a === b ? a : null));
  c.out(0, dtype, broadcastShape(c), data || undefined);
};

/** float32 has 24 bits of precision; whole numbers up to there survive a Cast to any integer dtype but the narrow ones. */
const cast: Infer = (c) => {
  const to = c.node.opType === 'CastLike' ? c.in(1).dtype : c.typeAttr('to', '');
  const wide = to === 'int64' || to === 'int32';
  const data = to === 'bool' ? c.ints(0)?.map((x) => Number(x !== 0)) : wide ? c.data(0) : undefined;
  c.out(0, to, c.dims(0), data);
};

const clip: Infer = (c) => {
  const { dtype, dims } = c.in(0);
  const bound = (i: number) => (c.has(i) ? c.ints(i)?.[0] : i === 1 ? -Infinity : Infinity);
  const [low, high] = [bound(1), bound(2)];
  const known = low !== undefined && high !== undefined;
  c.out(0, dtype, dims, known ? c.ints(0)?.map((x) => Math.min(high, Math.max(low, x))) : undefined);
};

const dropout: Infer = (c) => {
  like(c);
  c.out(1, c.version >= 10 ? 'bool' : c.in(0).dtype, c.dims(0));
};

const LIKE =
  'Acos Acosh Asin Asinh Atan Atanh Cos Cosh Sin Sinh Tan Tanh Exp Log Sqrt Reciprocal Erf Sigmoid Relu LeakyRelu Elu Celu Selu ' +
  'Softplus Softsign HardSigmoid HardSwish Gelu Mish Swish ThresholdedRelu Shrink LogSoftmax Softmax Hardmax PRelu Round Trilu ' +
  'CumSum CumProd LRN LpNormalization MeanVarianceNormalization InstanceNormalization GroupNormalization BitwiseNot ImageScaler Affine ' +
  'ParametricSoftplus Scale ScaledTanh ReverseSequence RotaryEmbedding';

export const elementwise: Record<string, Infer> = {
  ...Object.fromEntries(LIKE.split(' ').map((op) => [op, like])),
  Abs: mapped(Math.abs),
  Neg: mapped((x) => -x),
  Sign: mapped(Math.sign),
  Ceil: mapped((x) => x),
  Floor: mapped((x) => x),
  Not: mapped((x) => 1 - x),
  Identity: (c) => {
    c.outputs[0] = c.in(0);
  },
  IsNaN: asBool,
  IsInf: asBool,
  Bernoulli: (c) => c.out(0, c.typeAttr('dtype', c.in(0).dtype), c.dims(0)),
  EyeLike: (c) => c.out(0, c.typeAttr('dtype', c.in(0).dtype), c.dims(0)),
  BitCast: (c) => c.out(0, c.typeAttr('to', ''), c.dims(0)),
  Cast: cast,
  CastLike: cast,
  Clip: clip,
  Dropout: dropout,
  Add: broadcast(addDims),
  Sub: broadcast(SUB),
  Mul: broadcast(mulDims),
  Div: broadcast(DIV),
  Mod: broadcast(MOD),
  Pow: (c) => c.out(0, c.in(0).dtype, broadcastShape(c)),
  And: broadcast(undefined, 'bool'),
  Or: broadcast(undefined, 'bool'),
  Xor: broadcast(undefined, 'bool'),
  Equal: broadcast(equal, 'bool'),
  Greater: compare((a, b) => a > b),
  GreaterOrEqual: compare((a, b) => a >= b),
  Less: compare((a, b) => a < b),
  LessOrEqual: compare((a, b) => a <= b),
  BitShift: broadcast(),
  BitwiseAnd: broadcast(),
  BitwiseOr: broadcast(),
  BitwiseXor: broadcast(),
  Min: broadcast(),
  Max: broadcast(),
  Sum: broadcast(),
  Mean: broadcast(),
  Where: where,
};
