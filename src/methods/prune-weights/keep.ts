import { maskNM } from '../../kernels/loops/mask.ts';
import { smallestMagnitudes, type Threshold } from '../../kernels/loops/select.ts';
import type { Decision } from './decide.ts';
import { fallen } from './decide.ts';

type Floats = Float32Array<ArrayBuffer>;

/** Which elements stay, one bit each, the first in the lowest bit. */
export type Kept = Uint8Array<ArrayBuffer>;

/** A copy with what does not stay set to +0. */
export function withKept(x: Float32Array, kept: Kept): Floats {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) if (kept[i >> 3] & (1 << (i & 7))) out[i] = x[i];
  return out;
}

function keep(n: number, stays: (i: number) => boolean): Kept {
  const kept = new Uint8Array((n + 7) >> 3);
  for (let i = 0; i < n; i++) if (stays(i)) kept[i >> 3] |= 1 << (i & 7);
  return kept;
}

const magnitudesOf = (x: Float32Array) => {
  const bits = new Int32Array(x.buffer, x.byteOffset, x.length);
  return (i: number) => bits[i] & 0x7fffffff;
};

/** All but what lies below an exact threshold; of those equal to it the first stay. */
function keepFrom(scores: Float32Array, { magnitude, keep: equal }: Threshold): Kept {
  const of = magnitudesOf(scores);
  let left = equal;
  return keep(scores.length, (i) => of(i) > magnitude || (of(i) === magnitude && left-- > 0));
}

/**
 * Of the elements of each channel the same share falls: those of least magnitude, of equals the last. NaN never falls.
 * @param axis of the channels
 */
export function keepInChannels(scores: Float32Array, dims: readonly number[], axis: number, sparsity: number): Kept {
  const of = magnitudesOf(scores);
  const channels = dims[axis];
  const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const length = scores.length / channels;
  const k = Math.min(length, fallen(sparsity, length));
  const at = (c: number, j: number) => (Math.floor(j / inner) * channels + c) * inner + (j % inner);
  const gone = new Uint8Array(scores.length);
  const sorted = new Int32Array(length);
  for (let c = 0; c < channels && k > 0; c++) {
    for (let j = 0; j < length; j++) sorted[j] = of(at(c, j));
    const own = sorted.slice();
    sorted.sort();
    const limit = sorted[k - 1];
    // As many of those equal to the limit fall as are left for them, from the end.
    let equal = k;
    for (let j = 0; j < k; j++) if (sorted[j] < limit) equal--;
    for (let j = length - 1; j >= 0; j--) {
      const falls = own[j] < limit || (own[j] === limit && equal-- > 0);
      if (falls && own[j] <= INFINITE) gone[at(c, j)] = 1;
    }
  }
  return keep(scores.length, (i) => !gone[i]);
}

const INFINITE = 0x7f800000;

/**
 * What a decision keeps by scores that are not negative.
 * @param reduction the axis that N:M groups lie along
 * @param pooled the threshold of a global comparison
 */
export function keptBy(
  scores: Floats,
  decision: Decision,
  dims: readonly number[],
  reduction: number,
  pooled: Threshold | undefined,
): Kept {
  switch (decision.kind) {
    case 'skip':
      return keep(scores.length, () => true);
    case 'pool':
      return keepFrom(scores, pooled!);
    case 'sparsity':
      return keepFrom(scores, smallestMagnitudes(scores, fallen(decision.sparsity, scores.length)));
    case 'output':
      return keepInChannels(scores, dims, decision.axis, decision.sparsity);
    case 'threshold': {
      const limit = Math.fround(decision.threshold);
      return keep(scores.length, (i) => !(scores[i] < limit));
    }
    case 'pattern': {
      // One step up in float32 leaves their order, and no score zero: what is zero afterwards has fallen.
      const bits = new Int32Array(scores.buffer, scores.byteOffset, scores.length);
      const above = new Float32Array(bits.map((b) => (b & 0x7fffffff) + 1).buffer);
      const masked = maskNM(above, dims, reduction, decision.n, decision.m);
      return keep(scores.length, (i) => masked[i] !== 0);
    }
  }
}
