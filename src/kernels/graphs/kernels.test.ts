import { describe, expect, test } from 'vitest';
import { loopKernels } from '../loops/kernels.ts';
import { selfTest } from '../selftest.ts';
import { uglyFloats } from '../ugly.ts';
import { GraphKernels } from './kernels.ts';
import { pieces } from './pieces.ts';

test.each([1, 2, 3])('graphs on WASM give the bits of the loops, seed %i', async (seed) => {
  for (const result of await selfTest('wasm', seed)) {
    expect(result.example).toBeUndefined();
    expect(result.wrong).toBe(0);
    // Sums are taken in another order; all else is the same to the bit.
    if (result.kernel !== 'errorSums') expect(result.different).toBe(0);
    expect(result.cases).toBeGreaterThan(0);
    expect(result.elements).toBeGreaterThan(0);
  }
});

describe('pieces', () => {
  test.each([1, 7, 64, 1000])('of %i elements cover a tensor once, in order', (limit) => {
    for (const granularity of ['tensor', 'channel', 'block'] as const) {
      for (const axis of [0, 1, 2]) {
        const g = { dims: [3, 10, 7], granularity, axis, block: 4 };
        let at = 0;
        for (const p of pieces(g, limit)) {
          expect(p.from).toBe(at);
          expect(p.dims.reduce((a, b) => a * b)).toBe(p.to - p.from);
          expect(p.groupDims.reduce((a, b) => a * b, 1)).toBe(p.groupTo - p.groupFrom);
          at = p.to;
        }
        expect(at).toBe(210);
      }
    }
  });
});

test('a tensor of several full pieces', async () => {
  const kernels = new GraphKernels('wasm');
  const x = uglyFloats(9_000_000, 1, { nonFinite: false });
  const spec = { dims: [3000, 3000], granularity: 'channel', axis: 1, block: 1, bits: 8, signed: true } as const;
  const scale = new Float32Array(3000).map((_, i) => 1 / (i + 100));
  const expected = await loopKernels.quantizeAffine(x, spec, scale);
  const got = await kernels.quantizeAffine(x, spec, scale);
  expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(expected.buffer))).toBe(0);
  await kernels.release();
});
