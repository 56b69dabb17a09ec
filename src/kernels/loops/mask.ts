import type { Threshold } from './select.ts';

const bitsOf = (x: Float32Array) => new Int32Array(x.buffer, x.byteOffset, x.length);

/**
 * The bits of a magnitude as an int32 order like the magnitudes, NaN above all, and a difference of two never overflows:
 * its sign, spread over the word, is the mask. A branch would be mispredicted for every other weight, and cost three times as much.
 */
const keepFrom = (magnitude: number, limit: number) => ~((magnitude - limit) >> 31);

const view = new DataView(new ArrayBuffer(4));

/** A copy with every |x| < threshold, as float32, set to +0. NaN stays. */
export function maskBelow(x: Float32Array, threshold: number): Float32Array<ArrayBuffer> {
  view.setFloat32(0, Math.max(0, threshold));
  const limit = view.getInt32(0);
  const bits = new Int32Array(x.buffer, x.byteOffset, x.length);
  const out = new Int32Array(x.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    out[i] = b & keepFrom(b & 0x7fffffff, limit);
  }
  return new Float32Array(out.buffer);
}

/**
 * A copy with everything below an exact threshold set to +0. Of the elements that equal it the first `keep` stay.
 * @returns the copy, and how many equal elements may still stay in the tensors that follow
 */
export function maskSmallest(
  x: Float32Array,
  { magnitude, keep }: Threshold,
): { values: Float32Array<ArrayBuffer>; keep: number } {
  const bits = bitsOf(x);
  const out = new Int32Array(x.length);
  let left = keep;
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const m = b & 0x7fffffff;
    out[i] = b & keepFrom(m, magnitude);
    if (m === magnitude && --left < 0) out[i] = 0;
  }
  return { values: new Float32Array(out.buffer), keep: Math.max(0, left) };
}

/**
 * A copy that keeps the n largest magnitudes of each m neighbours along `axis` and sets the rest to +0: N:M sparsity
 * (Mishra et al. 2021, "Accelerating Sparse Deep Neural Networks"). Among equals the lower index stays; NaN counts as
 * the largest. A short last group keeps up to n.
 */
export function maskNM(
  x: Float32Array,
  dims: readonly number[],
  axis: number,
  n: number,
  m: number,
): Float32Array<ArrayBuffer> {
  if (!(m >= 1 && n >= 0 && n <= m)) throw new Error(`${n}:${m} sparsity`);
  const along = dims[axis];
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
  const bits = bitsOf(x);
  const out = new Int32Array(x.length);
  const group = new Int32Array(m);
  const before = new Int32Array(m);
  for (let o = 0; o < outer; o++) {
    for (let start = 0; start < along; start += m) {
      const length = Math.min(m, along - start);
      const base = (o * along + start) * inner;
      for (let i = 0; i < inner; i++) keepLargest(bits, out, base + i, length, inner, n, group, before);
    }
  }
  return new Float32Array(out.buffer);
}

/**
 * Copies an element when fewer than n others of its group come before it in order of magnitude, then of index. Every
 * pair is compared once, without a branch.
 */
function keepLargest(
  bits: Int32Array,
  out: Int32Array,
  base: number,
  length: number,
  step: number,
  n: number,
  group: Int32Array,
  before: Int32Array,
): void {
  for (let j = 0; j < length; j++) {
    group[j] = bits[base + j * step] & 0x7fffffff;
    before[j] = 0;
  }
  for (let j = 0; j < length; j++) {
    const mine = group[j];
    let larger = 0;
    for (let k = j + 1; k < length; k++) {
      // 1 when the later one is larger.
      const later = (mine - group[k]) >>> 31;
      larger += later;
      before[k] += 1 - later;
    }
    before[j] += larger;
  }
  for (let j = 0; j < length; j++) {
    const at = base + j * step;
    out[at] = bits[at] & ((before[j] - n) >> 31);
  }
}
