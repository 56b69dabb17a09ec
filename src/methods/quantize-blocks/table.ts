import { type Grouping, groupCount, walk } from '../../kernels/grouping.ts';
import { roundToHalf } from '../ort/arithmetic.ts';
import { tensorRange } from '../ort/range.ts';

/** A table in 4-bit blocks, unpacked, in its own order. */
export interface TableBlocks {
  q: Int8Array<ArrayBuffer>;
  scales: Float32Array<ArrayBuffer>;
  zeros: Int8Array<ArrayBuffer>;
}

/** Rounds any double below 2⁵¹ to an integer, ties to even. */
const ROUND = 6755399441055744;

/**
 * 4-bit blocks of an embedding table for GatherBlockQuantized, in the table's own dtype as numpy would
 * (matmul_nbits_quantizer.py, `quant_slice_symmetric` and `quant_slice_asymmetric`).
 */
export function quantizeTable(x: Float32Array, grouping: Grouping, symmetric: boolean, half: boolean): TableBlocks {
  const round = half ? roundToHalf : Math.fround;
  const groups = groupCount(grouping);
  const q = new Int8Array(x.length);
  const scales = new Float32Array(groups);
  const zeros = new Int8Array(groups);
  const { min, max } = tensorRange(x, grouping);
  for (let g = 0; g < groups; g++) {
    if (symmetric) {
      scales[g] = round((Math.abs(max[g]) > Math.abs(min[g]) ? max[g] : min[g]) / -8);
    } else {
      const low = Math.min(min[g], 0);
      scales[g] = round(round(Math.max(max[g], 0) - low) / 15);
      const z = scales[g] === 0 ? 8 : round(-low / scales[g]) + ROUND - ROUND;
      zeros[g] = Math.min(15, Math.max(0, z));
    }
  }
  const [least, most] = symmetric ? [-8, 7] : [0, 15];
  const one = (i: number, g: number) => {
    const s = scales[g];
    const quotient = half ? roundToHalf(x[i] / s) : Math.fround(x[i] / s);
    const shifted = half ? roundToHalf(quotient + zeros[g]) : Math.fround(quotient + zeros[g]);
    const v = shifted + ROUND - ROUND;
    q[i] = s === 0 ? zeros[g] : v < least ? least : v > most ? most : v;
  };
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) one(i, g);
    },
    (from, to, first) => {
      for (let i = from, g = first; i < to; i++, g++) one(i, g);
    },
  );
  return { q, scales, zeros };
}

/** x̂ = (q − zero point) · scale. */
export function restoreTable({ q, scales, zeros }: TableBlocks, grouping: Grouping): Float32Array<ArrayBuffer> {
  const x = new Float32Array(q.length);
  walk(
    grouping,
    (from, to, g) => {
      for (let i = from; i < to; i++) x[i] = (q[i] - zeros[g]) * scales[g];
    },
    (from, to, first) => {
      for (let i = from, g = first; i < to; i++, g++) x[i] = (q[i] - zeros[g]) * scales[g];
    },
  );
  return x;
}
