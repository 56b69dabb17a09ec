import { test } from 'vitest';
import { checkRandom } from '../testing/draw.ts';

test('MatMul of vectors, matrices and batches that broadcast', () =>
  checkRandom((d) => {
    const [m, k, n] = d.dims(3, 1, 5);
    const batch = d.dims(d.int(0, 2), 1, 3);
    const left = d.pick([[k], [m, k], [...batch, m, k], [...d.narrowed(batch), m, k]]);
    const right = d.pick([[k], [k, n], [...batch, k, n], [...d.narrowed(batch), k, n]]);
    return { op: 'MatMul', inputs: [d.normal(left), d.normal(right)] };
  }, 40));

test('Gemm, either side transposed, with factors and a bias of any broadcast shape', () =>
  checkRandom((d) => {
    const [m, k, n] = d.dims(3, 1, 5);
    const [ta, tb] = [d.int(0, 1), d.int(0, 1)];
    const bias = d.pick([undefined, [], [n], [1, n], [m, 1], [m, n], [1]]);
    return {
      op: 'Gemm',
      inputs: [d.normal(ta ? [k, m] : [m, k]), d.normal(tb ? [n, k] : [k, n]), ...(bias ? [d.normal(bias)] : [])],
      attributes: {
        transA: ta,
        transB: tb,
        ...(d.flag() && { alpha: { float: 0.5 } }),
        ...(d.flag() && { beta: { float: 2.5 } }),
      },
    };
  }, 40));
