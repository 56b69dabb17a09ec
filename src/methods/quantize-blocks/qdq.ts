import { floatToHalf, halfToFloat } from '../../onnx/float.ts';
import { type BlockParameters, rangeParameters } from './nbits.ts';

const f = Math.fround;

/** Blocks as DequantizeLinear takes them: one integer per weight and its parameters, all row-major as the weight lies. */
export interface QdqBlocks {
  /** K rows of N, −8 … 7 or 0 … 15, unpacked. */
  q: Int8Array<ArrayBuffer>;
  /** [blocks, N]. */
  scales: Float32Array<ArrayBuffer>;
  zeros: Int8Array<ArrayBuffer>;
}

/**
 * 4-bit blocks down the columns: q = clamp(round(v / scale) + zero point), rounded before the zero point is added
 * (onnxruntime/core/mlas/lib/q4_dq.cpp, `BlockwiseQDQQuantizer`).
 * @param x K rows of N
 */
export function quantizeQdq(
  x: Float32Array,
  K: number,
  N: number,
  block: number,
  symmetric: boolean,
  half: boolean,
): QdqBlocks {
  const blocks = Math.ceil(K / block);
  const q = new Int8Array(K * N);
  const scales = new Float32Array(blocks * N);
  const zeros = new Int8Array(blocks * N);
  const low = new Float32Array(N);
  const high = new Float32Array(N);
  const inverse = new Float32Array(N);
  const p: BlockParameters = { scale: 0, zero: 0 };
  const min = symmetric ? -8 : 0;
  for (let b = 0; b < blocks; b++) {
    const [first, end] = [b * block, Math.min(K, (b + 1) * block)];
    low.set(x.subarray(first * N, (first + 1) * N));
    high.set(low);
    for (let k = first + 1; k < end; k++) {
      for (let n = 0, i = k * N; n < N; n++, i++) {
        const v = x[i];
        low[n] = v < low[n] ? v : low[n];
        high[n] = v > high[n] ? v : high[n];
      }
    }
    for (let n = 0; n < N; n++) {
      rangeParameters(low[n], high[n], symmetric, 15, p);
      const scale = half ? halfToFloat(floatToHalf(p.scale)) : p.scale;
      scales[b * N + n] = scale;
      zeros[b * N + n] = symmetric ? 0 : p.zero;
      inverse[n] = scale !== 0 ? 1 / scale : 0;
    }
    const zero = zeros.subarray(b * N, (b + 1) * N);
    for (let k = first; k < end; k++) quantizeRow(x, q, k * N, N, inverse, zero, min);
  }
  return { q, scales, zeros };
}

/** Past the range of int32 the reference's cast is undefined; on x86 it gives the lowest. */
const OVERFLOW = 2 ** 31;

function quantizeRow(
  x: Float32Array,
  q: Int8Array,
  from: number,
  N: number,
  inverse: Float32Array,
  zero: Int8Array,
  min: number,
): void {
  for (let n = 0, i = from; n < N; n++, i++) {
    const v = f(x[i] * inverse[n]);
    let r = v < 0 ? Math.ceil(v - 0.5) : Math.floor(v + 0.5);
    if (!(r > -OVERFLOW && r < OVERFLOW)) r = -OVERFLOW;
    r += zero[n];
    q[i] = r < min ? min : r > min + 15 ? min + 15 : r;
  }
}

/** x̂ = (q − zero point) · scale. */
export function restoreQdq({ q, scales, zeros }: QdqBlocks, N: number, block: number): Float32Array<ArrayBuffer> {
  const x = new Float32Array(q.length);
  for (let i = 0, k = 0; i < q.length; k++) {
    const row = Math.floor(k / block) * N;
    for (let n = 0; n < N; n++, i++) x[i] = (q[i] - zeros[row + n]) * scales[row + n];
  }
  return x;
}
