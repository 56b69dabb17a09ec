import { test } from 'vitest';
import { checkRandom, type Draw, ints } from '../testing/draw.ts';

const smooth = ['ReduceSum', 'ReduceMean', 'ReduceSumSquare', 'ReduceL2', 'ReduceLogSumExp'];
const makers: [string, (d: Draw, dims: readonly number[]) => ReturnType<Draw['normal']>][] = [
  ...smooth.map((op): (typeof makers)[number] => [op, (d, dims) => d.normal(dims)]),
  ['ReduceMax', (d, dims) => d.distinct(dims)],
  ['ReduceMin', (d, dims) => d.distinct(dims)],
  ['ReduceProd', (d, dims) => d.between(dims, 0.5, 1.5)],
  ['ReduceL1', (d, dims) => d.between(dims, -2, 2, [0])],
  ['ReduceLogSum', (d, dims) => d.between(dims, 0.3, 2)],
];

test.each(makers)('%s over some axes, all, or none', (op, make) =>
  checkRandom((d) => {
    const rank = d.int(1, 3);
    const axes = Array.from({ length: rank }, (_, i) => (d.flag() ? i : i - rank)).filter(() => d.flag());
    const inputs = [make(d, d.dims(rank, 2, 4)), ...(axes.length ? [ints(axes)] : [])];
    // Without axes all are reduced, or none, as the attribute says; ReduceL2 and others are then not even the identity in ORT.
    const noop = op === 'ReduceSum' && d.flag() ? 1 : 0;
    return { op, inputs, attributes: { keepdims: d.int(0, 1), noop_with_empty_axes: noop } };
  }),
);
