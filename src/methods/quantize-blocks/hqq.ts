import { transpose } from '../ort/transpose.ts';
import { type BlockLayout, type Blocks, blobOf, blocksOf, emptyBlocks } from './layout.ts';

const ROUND = 6755399441055744;
const ROUNDS = 20;
const NORM = 0.7;
const BETA = 10;
const KAPPA = 1.01;
/** Keeps a float16 scale finite. */
const MAX_SCALE = 2e4;

/**
 * Half-quadratic quantization (Badri and Shaji 2023, "Half-Quadratic Quantization of Large Machine Learning Models"): zero points that
 * are no integers are moved so that the p-norm of the error, p = 0.7, gets less. As matmul_nbits_quantizer.py,
 * `HQQWeightOnlyQuantizer`, but summed in float64: the reference's own sums depend on the machine.
 * @param x K rows of N
 */
export function quantizeHqq(x: Float32Array<ArrayBuffer>, layout: BlockLayout): Blocks {
  const { K, N, bits, block } = layout;
  const blocks = blocksOf(layout);
  const max = 2 ** bits - 1;
  const padded = padRows(transpose(x, K, N, new Float32Array(x.length)), N, K, blocks * block);
  const out = emptyBlocks(layout);
  const { scales, zeros } = out;
  // `scales` holds reciprocals until the end.
  for (let g = 0; g < N * blocks; g++) {
    let low = padded[g * block];
    let high = low;
    for (let i = g * block; i < (g + 1) * block; i++) {
      low = Math.min(low, padded[i]);
      high = Math.max(high, padded[i]);
    }
    scales[g] = high === low ? 1 : Math.min(max / Math.fround(high - low), MAX_SCALE);
    zeros[g] = Math.fround(-low * scales[g]) + ROUND - ROUND;
  }
  let beta = BETA;
  let best = 1e4;
  for (let round = 0; round < ROUNDS; round++, beta *= KAPPA) {
    const error = shrinkRound(padded, block, scales, zeros, beta, max);
    if (!(error < best)) break;
    best = error;
  }
  const [blob, per] = [blobOf(layout), 8 / bits];
  for (let g = 0; g < N * blocks; g++) {
    for (let i = 0; i < block; i++) {
      const v = Math.fround(padded[g * block + i] * scales[g] + zeros[g]) + ROUND - ROUND;
      const q = v > 0 ? Math.min(v, max) : 0;
      out.packed[g * blob + Math.floor(i / per)] |= q << ((i % per) * bits);
    }
  }
  for (let g = 0; g < scales.length; g++) scales[g] = 1 / scales[g];
  return out;
}

function padRows(x: Float32Array<ArrayBuffer>, rows: number, from: number, to: number): Float32Array<ArrayBuffer> {
  if (from === to) return x;
  const out = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) out.set(x.subarray(r * from, (r + 1) * from), r * to);
  return out;
}

/** One round: new zero points for every group. Gives the mean |w − ŵ| of before. */
function shrinkRound(
  w: Float32Array,
  block: number,
  scales: Float32Array,
  zeros: Float32Array,
  beta: number,
  max: number,
): number {
  let error = 0;
  for (let g = 0; g < zeros.length; g++) {
    const [s, z] = [scales[g], zeros[g]];
    let sum = 0;
    for (let i = g * block; i < (g + 1) * block; i++) {
      const v = Math.fround(w[i] * s + z) + ROUND - ROUND;
      const q = v > 0 ? (v < max ? v : max) : 0;
      const d = w[i] - (q - z) / s;
      const m = Math.abs(d);
      error += m;
      const kept = m - (m + 1e-8) ** (NORM - 1) / beta;
      const e = kept > 0 ? Math.sign(d) * kept : 0;
      sum += q - (w[i] - e) * s;
    }
    zeros[g] = sum / block;
  }
  return error / w.length;
}
