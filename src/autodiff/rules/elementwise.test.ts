import { describe, test } from 'vitest';
import { checkRandom, type Draw } from '../testing/draw.ts';

/** Two inputs that broadcast, either of them the narrower. */
function pair(d: Draw, make: (dims: readonly number[]) => ReturnType<Draw['normal']>) {
  const dims = d.dims(d.int(0, 4));
  const parts = [make(dims), make(d.narrowed(dims))];
  return d.flag() ? parts : parts.reverse();
}

describe('two inputs that broadcast', () => {
  test.each(['Add', 'Sub', 'Mul'])('%s', (op) =>
    checkRandom((d) => ({ op, inputs: pair(d, (dims) => d.normal(dims)) })),
  );
  // Away from a divisor of zero, where float32 has few digits left.
  test('Div', () => checkRandom((d) => ({ op: 'Div', inputs: pair(d, (dims) => d.between(dims, 0.3, 2)) })));
  test('Pow', () => checkRandom((d) => ({ op: 'Pow', inputs: pair(d, (dims) => d.between(dims, 0.3, 2.5)) })));
  test('Pow by a constant, of negative numbers too', () =>
    checkRandom((d) => ({
      op: 'Pow',
      inputs: [
        d.between(d.dims(2), -2, 2, [0]),
        { dims: [], data: [d.pick([2, 3])], constant: d.pick(['float', 'int64']) },
      ],
    })));
  test.each(['Max', 'Min', 'Sum', 'Mean'])('%s of some inputs', (op) =>
    checkRandom((d) => {
      const dims = d.dims(3);
      const all = d.distinct([d.int(1, 3), ...dims]);
      const size = dims.reduce((a, b) => a * b, 1);
      const inputs = Array.from({ length: all.dims[0] }, (_, i) => ({
        dims,
        data: all.data.slice(i * size, (i + 1) * size),
      }));
      return { op, inputs };
    }),
  );
  test('Where', () =>
    checkRandom((d) => {
      const dims = d.dims(3);
      const shape = d.narrowed(dims);
      const bits = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => d.int(0, 1));
      return {
        op: 'Where',
        inputs: [{ dims: shape, data: bits, constant: 'bool' }, d.normal(dims), d.normal(d.narrowed(dims))],
      };
    }));
});

describe('one input', () => {
  const smooth = ['Neg', 'Exp', 'Sin', 'Cos', 'Erf', 'Tanh', 'Sigmoid', 'Softplus', 'Identity', 'Dropout'];
  test.each(smooth)('%s', (op) => checkRandom((d) => ({ op, inputs: [d.normal(d.dims(d.int(0, 3)))] })));
  test.each(['Sqrt', 'Log', 'Reciprocal'])('%s of positive numbers', (op) =>
    checkRandom((d) => ({ op, inputs: [d.between(d.dims(2), 0.2, 3)] })),
  );
  test.each(['Abs', 'Relu', 'Softsign'])('%s away from zero', (op) =>
    checkRandom((d) => ({ op, inputs: [d.between(d.dims(3), -2, 2, [0])] })),
  );
  test.each(['LeakyRelu', 'Elu', 'Selu'])('%s', (op) =>
    checkRandom((d) => ({
      op,
      inputs: [d.between(d.dims(3), -2, 2, [0])],
      attributes: { alpha: { float: d.pick([0.01, 0.7, 1]) } },
    })),
  );
  test('PRelu', () =>
    checkRandom((d) => {
      const dims = [d.int(1, 3), d.int(1, 4), d.int(1, 4)];
      const slope = d.pick([[1], [dims[1], 1], dims.slice(1)]);
      return { op: 'PRelu', inputs: [d.between(dims, -2, 2, [0]), d.between(slope, 0.05, 0.5)] };
    }));
  test('Clip with either bound, both or none', () =>
    checkRandom((d) => {
      const bound = (v: number) => ({ dims: [], data: [v], constant: 'float' as const });
      const x = d.between(d.dims(3), -2, 2, [-0.5, 1]);
      return { op: 'Clip', inputs: [x, d.flag() ? bound(-0.5) : undefined, d.flag() ? bound(1) : undefined] };
    }));
  test('HardSigmoid', () =>
    checkRandom((d) => ({
      op: 'HardSigmoid',
      // Its ends are at (±1 − 2β)/2α: ±2.5 and, with the other numbers, −1 and 1.5.
      inputs: [d.between(d.dims(3), -4, 4, [-2.5, 2.5, -1, 1.5])],
      attributes: { ...(d.flag() && { alpha: { float: 0.4 }, beta: { float: 0.4 } }) },
    })));
  test('HardSwish', () => checkRandom((d) => ({ op: 'HardSwish', inputs: [d.between(d.dims(3), -5, 5, [-3, 3])] })));
  test('Gelu, exact and by tanh', () =>
    checkRandom((d) => ({
      op: 'Gelu',
      opset: 20,
      inputs: [d.normal(d.dims(2))],
      attributes: { approximate: d.pick(['none', 'tanh']) },
    })));
  test('Cast to another float and back is one', () =>
    checkRandom((d) => ({ op: 'Cast', inputs: [d.normal(d.dims(2))], attributes: { to: 1 } })));
  test.each(['Softmax', 'LogSoftmax'])('%s along any axis', (op) =>
    checkRandom((d) => {
      const rank = d.int(1, 4);
      return { op, inputs: [d.normal(d.dims(rank, 2, 4))], attributes: { axis: d.int(-rank, rank - 1) } };
    }),
  );
});
