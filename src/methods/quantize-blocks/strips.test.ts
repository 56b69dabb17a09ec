import fc from 'fast-check';
import { expect, test } from 'vitest';
import { simd } from '../../kernels/simd/module.ts';
import { uglyFloats } from '../../kernels/ugly.ts';
import { nbitsMeasured } from './strips.ts';

test('blocks, their errors and their sketch are the same to the bit by kernels and by loops', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(16, 32, 128),
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(undefined, 0, 1, 'bare' as const),
      fc.nat(),
      (pairs, sixteens, block, symmetric, half, detail, seed) => {
        const [K, N] = [2 * pairs, 16 * sixteens];
        const x = uglyFloats(K * N, seed, { nonFinite: seed % 3 === 0 });
        const layout = { K, N, bits: 4, block } as const;
        const shape = { dims: [K, N], detail };
        const [kernels, loops] = [simd(), null].map((k) =>
          nbitsMeasured(x, layout, symmetric, half, shape, undefined, k),
        );
        expect(kernels).toEqual(loops);
      },
    ),
    { numRuns: 150 },
  );
});

test('a block of rows larger than a piece', () => {
  const [K, N] = [70, 1600];
  const x = uglyFloats(K * N, 9, { nonFinite: false });
  const layout = { K, N, bits: 4, block: 32 } as const;
  const shape = { dims: [K, N], detail: 1 };
  expect(nbitsMeasured(x, layout, false, false, shape)).toEqual(
    nbitsMeasured(x, layout, false, false, shape, undefined, null),
  );
});
