import type { Threshold } from './select.ts';

const bitsOf = (x: Float32Array) => new Uint32Array(x.buffer, x.byteOffset, x.length);

/** A copy with every |x| < threshold set to +0. NaN stays. */
export function maskBelow(x: Float32Array, threshold: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    out[i] = Math.abs(v) < threshold ? 0 : v;
  }
  return out;
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
  const out = new Uint32Array(x.length);
  let left = keep;
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const m = b & 0x7fffffff;
    if (m > magnitude) out[i] = b;
    else if (m === magnitude && left > 0) {
      left--;
      out[i] = b;
    }
  }
  return { values: new Float32Array(out.buffer), keep: left };
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
  const out = new Uint32Array(x.length);
  for (let o = 0; o < outer; o++) {
    for (let start = 0; start < along; start += m) {
      const length = Math.min(m, along - start);
      const base = (o * along + start) * inner;
      for (let i = 0; i < inner; i++) keepLargest(bits, out, base + i, length, inner, n);
    }
  }
  return new Float32Array(out.buffer);
}

/** Copies an element when fewer than n others of its group come before it in order of magnitude, then of index. */
function keepLargest(bits: Uint32Array, out: Uint32Array, base: number, length: number, step: number, n: number): void {
  for (let j = 0; j < length; j++) {
    const at = base + j * step;
    const mine = bits[at] & 0x7fffffff;
    let before = 0;
    for (let k = 0; k < length; k++) {
      const other = bits[base + k * step] & 0x7fffffff;
      if (other > mine || (other === mine && k < j)) before++;
    }
    if (before < n) out[at] = bits[at];
  }
}
