import { floatToHalf, halfToFloat } from '../../onnx/float.ts';
import { DataType } from '../../onnx/proto.ts';

/** Rounds a double to the dtype that numpy would compute in. */
export type Rounding = (x: number) => number;

/** One rounding per operation: a float32 or float16 operation is the double one, rounded (Figueroa 1995: 53 ≥ 2·24 + 2). */
export function roundingOf(dataType: number): Rounding {
  return dataType === DataType.FLOAT16 ? (x) => halfToFloat(floatToHalf(x)) : Math.fround;
}

/** Blocks that numpy sums with eight running sums (numpy/_core/src/umath/loops_utils.h, PW_BLOCKSIZE). */
const BLOCK = 128;

/** numpy's sum of float32: pairwise over halves, eight running sums in a block. Every addition rounds to float32. */
export function pairwiseSum(a: ArrayLike<number>, from = 0, n = a.length): number {
  const f = Math.fround;
  if (n < 8) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = f(sum + a[from + i]);
    return sum;
  }
  if (n <= BLOCK) {
    const r = new Float32Array(8);
    for (let k = 0; k < 8; k++) r[k] = a[from + k];
    const whole = n - (n % 8);
    for (let i = 8; i < whole; i += 8) for (let k = 0; k < 8; k++) r[k] += a[from + i + k];
    let sum = f(f(f(r[0] + r[1]) + f(r[2] + r[3])) + f(f(r[4] + r[5]) + f(r[6] + r[7])));
    for (let i = whole; i < n; i++) sum = f(sum + a[from + i]);
    return sum;
  }
  const half = Math.floor(n / 2) - (Math.floor(n / 2) % 8);
  return f(pairwiseSum(a, from, half) + pairwiseSum(a, from + half, n - half));
}
