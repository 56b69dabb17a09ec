import { pairwiseSum } from '../calibrate/numpy.ts';
import { roundToHalf } from '../ort/arithmetic.ts';
import { transpose } from '../ort/transpose.ts';
import { type BlockLayout, type Blocks, blobOf, blocksOf, emptyBlocks } from './layout.ts';

const f = Math.fround;
const ROUND = 6755399441055744;

/** Quantizes one group: writes its integers and gives its scale and zero point. */
export type GroupQuantizer = (x: Float32Array, q: Uint8Array) => { scale: number; zero: number };

/**
 * Blocks found one by one: the columns of a weight, padded with zeros to whole groups, so that padding counts.
 * @param x K rows of N
 */
export function quantizeGroups(x: Float32Array, layout: BlockLayout, quantize: GroupQuantizer): Blocks {
  const { K, N, bits, block } = layout;
  const columns = transpose(x, K, N, new Float32Array(x.length));
  const out = emptyBlocks(layout);
  const [blocks, blob, per] = [blocksOf(layout), blobOf(layout), 8 / bits];
  const group = new Float32Array(block);
  const q = new Uint8Array(block);
  for (let n = 0, g = 0; n < N; n++) {
    for (let b = 0; b < blocks; b++, g++) {
      group.fill(0);
      group.set(columns.subarray(n * K + b * block, n * K + Math.min(K, (b + 1) * block)));
      const { scale, zero } = quantize(group, q);
      out.scales[g] = scale;
      out.zeros[g] = zero;
      for (let i = 0, at = g * blob; i < block; at++) {
        let byte = 0;
        for (let s = 0; s < per; s++, i++) byte |= q[i] << (s * bits);
        out.packed[at] = byte;
      }
    }
  }
  return out;
}

/** q = clip(round(x / scale + zero), 0, max) in float64: divided, added, rounded. */
function assign(x: Float32Array, q: Uint8Array, scale: number, zero: number, max: number): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i] / scale + zero + ROUND - ROUND;
    q[i] = v > 0 ? (v < max ? v : max) : 0;
  }
}

const clip = (v: number, max: number) => (v > 0 ? (v < max ? v : max) : 0);

/**
 * Round to nearest as Intel Neural Compressor's (neural_compressor/weight_only.py, `quant_tensor`): the range does not have
 * to hold zero, and a group on one side of it is clipped.
 * @param half whether the weight is float16, in which its range is subtracted and its scale is kept
 */
export function rtn(bits: 4 | 8, symmetric: boolean, half: boolean): GroupQuantizer {
  const max = 2 ** bits - 1;
  const round = half ? roundToHalf : f;
  return (x, q) => {
    let low = x[0];
    let high = x[0];
    for (let i = 1; i < x.length; i++) {
      if (x[i] < low) low = x[i];
      if (x[i] > high) high = x[i];
    }
    let scale = 1;
    let zero = 2 ** (bits - 1);
    if (symmetric) {
      const m = Math.max(Math.abs(low), Math.abs(high));
      if (m > 0) scale = round(m * 2) / max;
    } else {
      if (low !== high) scale = round(high - low) / max;
      zero = clip((0 - low) / scale + ROUND - ROUND, max);
    }
    assign(x, q, scale, zero, max);
    return { scale: round(scale), zero };
  };
}

/**
 * k-quant (llama.cpp's `make_qkx2_quants` as neural_compressor/weight_only.py, `quant_tensor_k_quant_cpu`): twenty stretched
 * grids are tried, and for each the scale and minimum of the least weighted squared error. float32 throughout, sums as numpy's.
 */
export function kQuant(bits: 4 | 8): GroupQuantizer {
  const max = 2 ** bits - 1;
  return (x, q) => {
    const n = x.length;
    const w = new Float32Array(n);
    const t = new Float32Array(n);
    const u = new Float32Array(n);
    const level = new Float32Array(n);
    const sum = (term: (i: number) => number) => {
      for (let i = 0; i < n; i++) t[i] = term(i);
      return pairwiseSum(t);
    };
    const mean = f(Math.sqrt(f(sum((i) => x[i] * x[i]) / n)));
    for (let i = 0; i < n; i++) w[i] = mean + Math.abs(x[i]);
    const sw = pairwiseSum(w);
    const sx = sum((i) => w[i] * x[i]);
    let low = x[0];
    let high = x[0];
    for (let i = 1; i < n; i++) {
      if (x[i] < low) low = x[i];
      if (x[i] > high) high = x[i];
    }
    const levels = (inverse: number) => {
      for (let i = 0; i < n; i++) level[i] = clip(f(inverse * f(x[i] - low)) + ROUND - ROUND, max);
    };
    const error = (scale: number, offset: number) =>
      sum((i) => {
        const d = f(f(f(scale * level[i]) + offset) - x[i]);
        return w[i] * f(d * d);
      });
    const first = low === high ? 1 : f(max / f(high - low));
    let scale = f(1 / first);
    levels(first);
    let best = error(scale, low);
    for (let k = 0; k < 20; k++) {
      levels(high === low ? 1 : f(f(-1 + 0.1 * k + max) / f(high - low)));
      for (let i = 0; i < n; i++) u[i] = w[i] * level[i];
      const sl = pairwiseSum(u);
      const sl2 = sum((i) => u[i] * level[i]);
      const sxl = sum((i) => u[i] * x[i]);
      const d = f(f(sw * sl2) - f(sl * sl));
      const s = f(f(f(sw * sxl) - f(sx * sl)) / d);
      const offset = f(f(f(sl2 * sx) - f(sl * sxl)) / d);
      const e = error(s, offset);
      if (e < best) {
        best = e;
        scale = s;
        low = offset;
      }
    }
    const zero = clip(f(-low / scale) + ROUND - ROUND, max);
    assign(x, q, scale, zero, max);
    return { scale, zero };
  };
}
