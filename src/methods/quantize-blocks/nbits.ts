import { floatToHalf, halfToFloat } from '../../onnx/float.ts';
import { type BlockLayout, type Blocks, blobOf, blocksOf, emptyBlocks, TILE } from './layout.ts';

const f = Math.fround;

/** The parameters of one block of one column. */
export interface BlockParameters {
  scale: number;
  zero: number;
}

/**
 * Scale and zero point of a range, all in float32 (onnxruntime/core/mlas/lib/q4_dq.cpp, `BlockedQuantizer`). Symmetric ones take
 * the end of larger magnitude to the lowest integer, so that the scale may be negative.
 * @param max the largest integer, 2^bits − 1
 */
export function rangeParameters(
  low: number,
  high: number,
  symmetric: boolean,
  max: number,
  out: BlockParameters,
): void {
  const mid = (max + 1) / 2;
  if (symmetric) {
    const m = Math.abs(high) > Math.abs(low) ? high : low;
    out.scale = f(-m / mid);
    out.zero = mid;
    return;
  }
  const lo = Math.min(low, 0);
  const hi = Math.max(high, 0);
  const s = f(f(hi - lo) / max);
  const z = s !== 0 ? f(0 - f(lo / s)) : lo;
  out.scale = s;
  out.zero = z < 0 ? 0 : z > max ? max : Math.floor(z + 0.5);
}

/**
 * Blocks of 2, 4 or 8 bits for MatMulNBits: q = clamp(round(v / scale + zero point)), the quotient as a product with the
 * reciprocal, halves rounded away from zero, in float32 throughout.
 * @param x K rows of N
 * @param half whether scales are kept as float16, and values divided by what is kept
 */
export function quantizeNBits(x: Float32Array, layout: BlockLayout, symmetric: boolean, half: boolean): Blocks {
  const { K, N, bits, block } = layout;
  const out = emptyBlocks(layout);
  const blocks = blocksOf(layout);
  const blob = blobOf(layout);
  const max = 2 ** bits - 1;
  const low = new Float32Array(TILE);
  const high = new Float32Array(TILE);
  const inverse = new Float32Array(TILE);
  const zero = new Float32Array(TILE);
  const p: BlockParameters = { scale: 0, zero: 0 };
  const tile = bits === 4 ? fourBitTile : bits === 8 ? eightBitTile : twoBitTile;
  for (let b = 0; b < blocks; b++) {
    const rows = Math.min(block, K - b * block);
    for (let n = 0; n < N; n += TILE) {
      const columns = Math.min(TILE, N - n);
      const from = b * block * N + n;
      tileRange(x, from, N, rows, columns, low, high);
      for (let c = 0; c < columns; c++) {
        rangeParameters(low[c], high[c], symmetric, max, p);
        const scale = half ? halfToFloat(floatToHalf(p.scale)) : p.scale;
        const at = (n + c) * blocks + b;
        out.scales[at] = scale;
        out.zeros[at] = p.zero;
        inverse[c] = scale !== 0 ? 1 / scale : 0;
        zero[c] = p.zero;
      }
      tile(x, from, N, rows, columns, inverse, zero, out.packed, (n * blocks + b) * blob, blocks * blob);
    }
  }
  if (K % (8 / bits)) repeatSlots(out.packed, layout);
  return out;
}

function tileRange(
  x: Float32Array,
  from: number,
  N: number,
  rows: number,
  columns: number,
  low: Float32Array,
  high: Float32Array,
): void {
  for (let c = 0; c < columns; c++) low[c] = high[c] = x[from + c];
  for (let r = 1; r < rows; r++) {
    const row = from + r * N;
    for (let c = 0; c < columns; c++) {
      const v = x[row + c];
      low[c] = v < low[c] ? v : low[c];
      high[c] = v > high[c] ? v : high[c];
    }
  }
}

// Rounding halves away from zero is adding one half and cutting off, since only what is positive survives the clamp. A NaN,
// from 0 times an infinite reciprocal, is cut off to 0.

function fourBitTile(
  x: Float32Array,
  from: number,
  N: number,
  rows: number,
  columns: number,
  inverse: Float32Array,
  zero: Float32Array,
  packed: Uint8Array,
  to: number,
  stride: number,
): void {
  for (let r = 0; r + 1 < rows; r += 2) {
    const first = from + r * N;
    const second = first + N;
    for (let c = 0, at = to + (r >> 1); c < columns; c++, at += stride) {
      const i = inverse[c];
      const z = zero[c];
      let a = f(f(x[first + c] * i) + z) + 0.5;
      let b = f(f(x[second + c] * i) + z) + 0.5;
      a = a > 0 ? (a < 15 ? a : 15) : 0;
      b = b > 0 ? (b < 15 ? b : 15) : 0;
      packed[at] = a | 0 | ((b | 0) << 4);
    }
  }
  if (rows & 1) slotTile(x, from, N, rows - 1, columns, inverse, zero, packed, to, stride, 4);
}

function eightBitTile(
  x: Float32Array,
  from: number,
  N: number,
  rows: number,
  columns: number,
  inverse: Float32Array,
  zero: Float32Array,
  packed: Uint8Array,
  to: number,
  stride: number,
): void {
  for (let r = 0; r < rows; r++) {
    const row = from + r * N;
    for (let c = 0, at = to + r; c < columns; c++, at += stride) {
      let q = f(f(x[row + c] * inverse[c]) + zero[c]) + 0.5;
      q = q > 0 ? (q < 255 ? q : 255) : 0;
      packed[at] = q | 0;
    }
  }
}

function twoBitTile(
  x: Float32Array,
  from: number,
  N: number,
  rows: number,
  columns: number,
  inverse: Float32Array,
  zero: Float32Array,
  packed: Uint8Array,
  to: number,
  stride: number,
): void {
  for (let r = 0; r < rows; r++) slotTile(x, from, N, r, columns, inverse, zero, packed, to, stride, 2);
}

/** One row of a tile into its slot of bytes that others share. */
function slotTile(
  x: Float32Array,
  from: number,
  N: number,
  r: number,
  columns: number,
  inverse: Float32Array,
  zero: Float32Array,
  packed: Uint8Array,
  to: number,
  stride: number,
  bits: number,
): void {
  const per = 8 / bits;
  const max = (1 << bits) - 1;
  const shift = (r % per) * bits;
  const row = from + r * N;
  for (let c = 0, at = to + Math.floor(r / per); c < columns; c++, at += stride) {
    let q = f(f(x[row + c] * inverse[c]) + zero[c]) + 0.5;
    q = q > 0 ? (q < max ? q : max) : 0;
    packed[at] |= (q | 0) << shift;
  }
}

/**
 * In the last byte of a column that holds values, the slots past K repeat what the byte before it has there, within the
 * group of 8 / bits blocks that the reference works on at a time. Nothing reads them; the files are equal.
 */
function repeatSlots(packed: Uint8Array, layout: BlockLayout): void {
  const { K, N, bits, block } = layout;
  const per = 8 / bits;
  const blob = blobOf(layout);
  const blocks = blocksOf(layout);
  const last = blocks - 1;
  const byte = Math.floor((K - last * block) / per);
  if (byte === 0 && last % per === 0) return;
  const keep = (1 << (((K - last * block) % per) * bits)) - 1;
  for (let n = 0; n < N; n++) {
    const at = (n * blocks + last) * blob + byte;
    packed[at] = (packed[at] & keep) | (packed[at - 1] & ~keep & 0xff);
  }
}
