import { describe, test } from 'vitest';
import type { Case } from '../testing/check.ts';
import { checkRandom, type Draw, ints } from '../testing/draw.ts';

const shape = (d: Draw, rank: number) => d.dims(rank, 1, 4);

describe('the same elements in another shape', () => {
  test('Reshape, with a −1 and a 0', () =>
    checkRandom((d) => {
      const dims = shape(d, 3);
      const to = d.pick([[-1], [dims[0], -1], [0, 0, -1], [dims[0] * dims[1], dims[2]], [1, ...dims]]);
      return { op: 'Reshape', inputs: [d.normal(dims), ints(to)] };
    }));
  test('Flatten', () =>
    checkRandom((d) => ({ op: 'Flatten', inputs: [d.normal(shape(d, 3))], attributes: { axis: d.int(-3, 3) } })));
  test('Squeeze and Unsqueeze', async () => {
    await checkRandom((d) => ({
      op: 'Squeeze',
      inputs: [d.normal([1, d.int(2, 3), 1, 2]), ...(d.flag() ? [ints([d.pick([0, 2, -2])])] : [])],
    }));
    await checkRandom((d) => ({ op: 'Unsqueeze', inputs: [d.normal(shape(d, 2)), ints([0, d.int(1, 2)])] }));
  });
  test('Transpose', () =>
    checkRandom((d) => {
      const rank = d.int(1, 4);
      const perm = Array.from(d.random.permutation(rank));
      return { op: 'Transpose', inputs: [d.normal(shape(d, rank))], attributes: { ...(d.flag() && { perm }) } };
    }));
  test.each(['DepthToSpace', 'SpaceToDepth'])('%s', (op) =>
    checkRandom((d) => {
      const dims = op === 'DepthToSpace' ? [2, 4 * d.int(1, 2), 2, 3] : [2, 3, 4, 2];
      const mode = op === 'DepthToSpace' && { mode: d.pick(['DCR', 'CRD']) };
      return { op, inputs: [d.normal(dims)], attributes: { blocksize: 2, ...mode } };
    }),
  );
});

describe('parts and repeats', () => {
  test('Concat', () =>
    checkRandom((d) => {
      const axis = d.int(-3, 2);
      const dims = shape(d, 3);
      const at = (axis + 3) % 3;
      const part = () => d.normal(dims.map((n, i) => (i === at ? d.int(1, 3) : n)));
      return { op: 'Concat', inputs: Array.from({ length: d.int(1, 3) }, part), attributes: { axis } };
    }));
  test('Split, by sizes or evenly', () =>
    checkRandom((d): Case => {
      const dims = shape(d, 3);
      if (d.flag()) {
        dims[1] = 5;
        const sizes = d.pick([[2, 3], [1, 1, 3], [5]]);
        return {
          op: 'Split',
          inputs: [d.normal(dims), ints(sizes)],
          attributes: { axis: 1 },
          outputs: sizes.length,
        };
      }
      dims[0] = 5;
      return { op: 'Split', inputs: [d.normal(dims)], attributes: { axis: -3, num_outputs: 2 }, outputs: 2 };
    }));
  test('Slice, forwards, backwards, in steps, with ends past the end', () =>
    checkRandom((d) => {
      const dims = d.dims(3, 3, 6);
      const axes = d.pick([[0], [1, 2], [-1, 0], [2]]);
      const parts = axes.map(() => {
        const step = d.pick([1, 1, 2, 3, -1, -2]);
        return step > 0
          ? [d.pick([0, 1, -3]), d.pick([3, 100, -1]), step]
          : [d.pick([2, 100, -1]), d.pick([-100, 0]), step];
      });
      const column = (k: number) => ints(parts.map((p) => p[k]));
      return { op: 'Slice', inputs: [d.normal(dims), column(0), column(1), ints(axes), column(2)] };
    }, 40));
  test('Pad by a constant, also cutting', () =>
    checkRandom((d) => {
      const dims = d.dims(2, 3, 5);
      const pads = Array.from({ length: 4 }, () => d.int(-1, 2));
      const value = d.flag() ? [{ dims: [], data: [0.5], constant: 'float' as const }] : [];
      return { op: 'Pad', inputs: [d.normal(dims), ints(pads), ...value] };
    }));
  test.each(['reflect', 'edge', 'wrap'])('Pad by %s, along all or some axes', (mode) =>
    checkRandom((d) => {
      const dims = d.dims(3, 3, 5);
      const some = d.flag();
      const pads = Array.from({ length: some ? 2 : 6 }, () => d.int(0, 2));
      return {
        op: 'Pad',
        opset: 19,
        inputs: [d.normal(dims), ints(pads), ...(some ? [undefined, ints([d.int(-3, 2)])] : [])],
        attributes: { mode },
      };
    }),
  );
  test('Expand and Tile', async () => {
    await checkRandom((d) => {
      const dims = d.dims(3, 1, 3);
      return { op: 'Expand', inputs: [d.normal(d.narrowed(dims)), ints(dims)] };
    });
    await checkRandom((d) => ({ op: 'Tile', inputs: [d.normal(shape(d, 3)), ints(d.dims(3, 1, 3))] }));
  });
  test('Gather, with repeats and indices from the end', () =>
    checkRandom((d) => {
      const dims = d.dims(3, 2, 4);
      const axis = d.int(-3, 2);
      const n = dims[(axis + 3) % 3];
      const inner = d.pick([[], [1], [5], [2, 3]]);
      const indices = Array.from({ length: inner.reduce((a, b) => a * b, 1) }, () => d.int(-n, n - 1));
      return { op: 'Gather', inputs: [d.normal(dims), ints(indices, inner)], attributes: { axis } };
    }, 25));
  test('GatherElements', () =>
    checkRandom((d) => {
      const dims = d.dims(2, 2, 4);
      const indices = Array.from({ length: dims[0] * 3 }, () => d.int(-dims[1], dims[1] - 1));
      return { op: 'GatherElements', inputs: [d.normal(dims), ints(indices, [dims[0], 3])], attributes: { axis: 1 } };
    }));
});

describe('Resize', () => {
  const resize = (d: Draw, attributes: Record<string, string>) => {
    const dims = [d.int(1, 2), d.int(1, 2), d.int(2, 4), d.int(2, 4)];
    const sizes = [dims[0], dims[1], d.int(1, 9), d.int(1, 9)];
    return { op: 'Resize', opset: 19, inputs: [d.normal(dims), undefined, undefined, ints(sizes)], attributes };
  };
  test('nearest, in every rounding and mapping', () =>
    checkRandom(
      (d) =>
        resize(d, {
          mode: 'nearest',
          nearest_mode: d.pick(['floor', 'ceil', 'round_prefer_floor', 'round_prefer_ceil']),
          coordinate_transformation_mode: d.pick(['half_pixel', 'asymmetric', 'align_corners']),
        }),
      40,
    ));
  test('nearest by whole factors', () =>
    checkRandom((d) => {
      const scales = { dims: [4], data: [1, 1, d.int(1, 3), d.int(1, 3)], constant: 'float' as const };
      return {
        op: 'Resize',
        inputs: [d.normal([2, 2, 3, 2]), undefined, scales],
        attributes: { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' },
      };
    }));
  test('linear', () =>
    checkRandom(
      (d) =>
        resize(d, {
          mode: 'linear',
          coordinate_transformation_mode: d.pick(['half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners']),
        }),
      30,
    ));
});
