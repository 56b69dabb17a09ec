import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../base/random.ts';
import { type Detail, type Sketch, Sketcher } from '../sketch.ts';
import { uglyFloats } from '../ugly.ts';
import { PIECE } from './layout.ts';
import { simd } from './module.ts';

const kernels = simd();

/** Both sketches, with elements added in pieces that are cut at `cuts`. */
function both(x: Float32Array<ArrayBuffer>, dims: number[], detail: Detail, cuts: number[]): [Sketch, Sketch] {
  const of = (k: typeof kernels) => {
    const sketcher = new Sketcher(dims, detail, k);
    let from = 0;
    for (const to of [...cuts.map((c) => c % (x.length + 1)).sort((a, b) => a - b), x.length]) {
      sketcher.add(x.subarray(from, to));
      from = to;
    }
    return sketcher.finish();
  };
  return [of(kernels), of(null)];
}

test('there is SIMD here', () => {
  expect(kernels).not.toBeNull();
});

test('kernels and loops give the same sketch to the bit, ranges along any axis, whatever the pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat(2), { nil: undefined }),
      fc.array(fc.nat(100_000), { maxLength: 4 }),
      fc.nat(),
      fc.boolean(),
      (dims, axis, cuts, seed, ugly) => {
        const count = dims.reduce((a, b) => a * b, 1);
        const random = new Random(seed);
        const x = ugly
          ? uglyFloats(count, seed, { nonFinite: true })
          : Float32Array.from({ length: count }, () => random.normal());
        const [simd, loops] = both(x, dims, axis, cuts);
        expect(simd).toEqual(loops);
      },
    ),
    { numRuns: 300 },
  );
});

test('several pieces, with an infinity in one of them', () => {
  const random = new Random(3);
  const x = Float32Array.from({ length: 3 * PIECE + 7 }, () => random.normal());
  x[PIECE + 100] = Number.POSITIVE_INFINITY;
  x[2 * PIECE + 5] = Number.NaN;
  for (const dims of [[x.length], [1, x.length], [x.length, 1], [1, 1, x.length]]) {
    const [simd, loops] = both(x, dims, dims.length > 1 ? 1 : undefined, []);
    expect(simd).toEqual(loops);
    expect([simd.inf, simd.nan]).toEqual([1, 1]);
  }
});

test('sketches that take turns do not mix, and one that is given up leaves nothing behind', () => {
  const random = new Random(4);
  const make = () => Float32Array.from({ length: 1000 }, () => random.normal());
  const parts = [make(), make(), make(), make()];
  const alone = (list: Float32Array<ArrayBuffer>[]) => {
    const s = new Sketcher([20, 100], 1, null);
    for (const p of list) s.add(p);
    return s.finish();
  };
  new Sketcher([1000], undefined, kernels).add(parts[0]);
  const [a, b] = [new Sketcher([20, 100], 1, kernels), new Sketcher([20, 100], 1, kernels)];
  a.add(parts[0]);
  b.add(parts[1]);
  a.add(parts[2]);
  b.add(parts[3]);
  expect(a.finish()).toEqual(alone([parts[0], parts[2]]));
  expect(b.finish()).toEqual(alone([parts[1], parts[3]]));
});

test('a bare sketch has the same counts and extremes, by kernels and by loops', () => {
  for (const seed of [1, 2, 3, 4]) {
    const x = uglyFloats(3 * PIECE + 7, seed, { nonFinite: seed > 2 });
    const [{ channels, ...whole }] = both(x, [x.length], 0, [1000, 30_000]);
    expect(channels).toBeDefined();
    const empty = { keys: new Uint16Array(0), counts: new Uint32Array(0), mean: Number.NaN, std: Number.NaN };
    const [bare, loops] = both(x, [x.length], 'bare', [1000, 30_000]);
    expect(bare).toEqual({ ...whole, ...empty });
    expect(loops).toEqual(bare);
  }
});
