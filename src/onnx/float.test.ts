import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brainsToFloats, floatsToBrains, floatsToHalves, floatToHalf, halfToFloat, halvesToFloats } from './float.ts';

const all = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The nearest float16 by search among all finite ones: the definition of rounding, ties to the even pattern. */
const finite = Array.from({ length: 0x7c00 }, (_, h) => halfToFloat(h));
function nearestHalf(x: number): number {
  const sign = Object.is(x, -0) || x < 0 ? 0x8000 : 0;
  const a = Math.abs(x);
  // The next value after the largest would be 65536; halfway to it rounds to infinity.
  if (a >= 65520) return sign | 0x7c00;
  let low = 0;
  let high = finite.length - 1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (finite[mid] <= a) low = mid;
    else high = mid;
  }
  const [down, up] = [a - finite[low], finite[high] - a];
  return sign | (down < up ? low : down > up ? high : low % 2 === 0 ? low : high);
}

describe('float16', () => {
  test('every pattern survives float32, and NaN stays NaN', () => {
    const floats = halvesToFloats(all);
    const back = floatsToHalves(floats);
    for (let h = 0; h < 65536; h++) {
      if (Number.isNaN(floats[h])) expect(Number.isNaN(halfToFloat(back[h]))).toBe(true);
      else expect(back[h]).toBe(h);
    }
  });

  test('the patterns mean what IEEE 754 says', () => {
    expect([0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00].map(halfToFloat)).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  });

  test('rounding is to nearest, ties to even', () => {
    const float32 = fc.float({ noNaN: true });
    const near = fc.tuple(fc.integer({ min: 0, max: 0x7bff }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(float32, (x) => floatToHalf(x) === nearestHalf(x)),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(near, ([h, t]) => {
        const x = Math.fround(halfToFloat(h) + t * ((finite[h + 1] ?? 65536) - halfToFloat(h)));
        return floatToHalf(x) === nearestHalf(x) && floatToHalf(-x) === nearestHalf(-x);
      }),
      { numRuns: 2000 },
    );
    for (let h = 0; h < 0x7bff; h++) {
      const tie = (finite[h] + finite[h + 1]) / 2;
      expect(floatToHalf(tie)).toBe(h % 2 === 0 ? h : h + 1);
    }
  });
});

describe('bfloat16', () => {
  test('every pattern survives float32, and NaN stays NaN', () => {
    const floats = brainsToFloats(all);
    const back = floatsToBrains(floats);
    for (let b = 0; b < 65536; b++) {
      if (Number.isNaN(floats[b])) expect(Number.isNaN(brainsToFloats(back.subarray(b, b + 1))[0])).toBe(true);
      else expect(back[b]).toBe(b);
    }
  });

  test('rounding is to nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const got = brainsToFloats(floatsToBrains(Float32Array.of(x)))[0];
        const bits = new Uint32Array(Float32Array.of(x).buffer)[0];
        const down = new Float32Array(Uint32Array.of(bits & 0xffff0000).buffer)[0];
        const up = new Float32Array(Uint32Array.of(((bits & 0xffff0000) + 0x10000) >>> 0).buffer)[0];
        if (!Number.isFinite(up)) return got === up || got === down;
        const [a, b] = [Math.abs(x - down), Math.abs(up - x)];
        const even = (bits >>> 16) % 2 === 0 ? down : up;
        return Object.is(got, a < b ? down : a > b ? up : even);
      }),
      { numRuns: 5000 },
    );
  });
});
