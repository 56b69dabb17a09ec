import { Random } from '../base/random.ts';

/** The numbers that break kernels: both zeros, denormals, halves that tie, the largest, the infinite and NaN. */
const UGLY = [
  0, -0, 1e-45, -1e-45, 1.1754942e-38, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 126.5, 127.5, -128.5, 3.4e38, -3.4e38,
];

/** n seeded numbers, mostly normal deviates of mixed scale, with ugly ones sprinkled in. */
export function uglyFloats(n: number, seed: number, options: { nonFinite: boolean }): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  const pool = options.nonFinite ? [...UGLY, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] : UGLY;
  return Float32Array.from({ length: n }, () => {
    if (random.next() < 0.15) return pool[random.int(pool.length)];
    return random.normal() * 2 ** (random.int(8) - 6);
  });
}
