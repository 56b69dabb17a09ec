import { expect, test } from 'vitest';
import { PIECE } from '../../kernels/simd/layout.ts';
import { simd } from '../../kernels/simd/module.ts';
import { uglyFloats } from '../../kernels/ugly.ts';
import { halvesMeasured, MeasuredHalver } from './convert.ts';

const CLAMPS = [
  { min: 5.96e-8, max: 65504 },
  { min: 1e-7, max: 1e4 },
  { min: 1e-4, max: 1 },
  { min: 0, max: 1e6 },
  // Nothing is as it is: all is below the least normal number, or above the largest.
  { min: 0, max: 1e-5 },
  { min: 1e5, max: 1e6 },
];

/** Every exponent, with fractions on both sides of every tie. */
function everyScale(): Float32Array<ArrayBuffer> {
  const bits: number[] = [];
  for (let upper = 0; upper < 65536; upper += 3) {
    for (const low of [0, 1, 0xfff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x8000, 0xf000, 0xffff]) {
      bits.push(((upper << 16) | low) >>> 0);
    }
  }
  return new Float32Array(Uint32Array.from(bits).buffer);
}

test('halves of every scale are the same to the bit by kernels and by loops, clamped in every way', () => {
  const x = everyScale();
  for (const clamp of CLAMPS) {
    const kernels = halvesMeasured(x, clamp, [x.length]);
    const loops = halvesMeasured(x, clamp, [x.length], undefined, undefined, null);
    expect(Buffer.from(kernels.halves.buffer).equals(Buffer.from(loops.halves.buffer))).toBe(true);
    expect({ ...kernels, halves: 0 }).toEqual({ ...loops, halves: 0 });
  }
});

test('any length, pieces that are not full', () => {
  for (const n of [0, 1, 7, 8, 9, PIECE + 5]) {
    const x = uglyFloats(n, n + 2, { nonFinite: true });
    expect(halvesMeasured(x, CLAMPS[0], [n], 0)).toEqual(halvesMeasured(x, CLAMPS[0], [n], 0, undefined, null));
  }
});

test('tensors that come in parts, in turns, as if each were whole', () => {
  const n = 3 * PIECE + 40;
  const tensors = [1, 2].map((seed) => uglyFloats(n, seed, { nonFinite: true }));
  const halvers = tensors.map(() => new MeasuredHalver(n, CLAMPS[0], [n / 8, 8], 1, simd()!));
  for (let at = 0; at < n; at += PIECE + 4) {
    tensors.forEach((x, i) => {
      halvers[i].add(x.subarray(at, at + PIECE + 4));
    });
  }
  tensors.forEach((x, i) => {
    expect(halvers[i].finish()).toEqual(halvesMeasured(x, CLAMPS[0], [n / 8, 8], 1, undefined, null));
  });
});
