import { describe, expect, it } from 'vitest';
import { packNative } from '../../encodings/pack.ts';
import type { Grouping } from '../../kernels/grouping.ts';
import { floatsToHalves, halvesToFloats } from '../../onnx/float.ts';
import { arithmetic, type PackedArray, unpack } from '../ort/testing.ts';
import { type GroupQuantizer, kQuant, rtn } from './groups.ts';
import { quantizeHqq } from './hqq.ts';
import { type BlockLayout, blocksOf, packZeros, restore } from './layout.ts';
import { quantizeNBits } from './nbits.ts';
import { quantizeQdq } from './qdq.ts';
import { quantizeTable } from './table.ts';

interface Row {
  weights: string;
  groups: string;
  format?: string;
  algorithm: string;
  scheme: string;
  bits: 2 | 4 | 8;
  block_size: number;
  symmetric: boolean;
  quantized: PackedArray;
  scales: PackedArray;
  zero_points?: PackedArray;
  error?: string;
}

const tables = arithmetic() as unknown as {
  blocks: { weights: Record<string, PackedArray>; rows: Row[] };
  searched: { groups: Record<string, PackedArray>; rows: Row[] };
};

function floats(a: PackedArray): Float32Array<ArrayBuffer> {
  const array = unpack(a);
  return a.dtype === 'float16' ? halvesToFloats(array as Uint16Array) : Float32Array.from(array);
}
const bits = (x: Float32Array<ArrayBuffer>, a: PackedArray) => [
  ...new Uint8Array((a.dtype === 'float16' ? floatsToHalves(x) : x).buffer),
];
const bytes = (a: PackedArray) => [...new Uint8Array(unpack(a).buffer)];

describe('the block quantizers of ONNX Runtime, bit for bit', () => {
  const rows = tables.blocks.rows.filter((r) => !r.error);
  it.each(
    rows.map(
      (r) => [`${r.format ?? 'nbits'} ${r.weights} ${r.bits} bits, ${r.block_size}, ${r.symmetric}`, r] as const,
    ),
  )('%s', (_, row) => {
    const weight = tables.blocks.weights[row.weights];
    const x = floats(weight);
    const [K, N] = weight.shape;
    const half = weight.dtype === 'float16';
    const { block_size: block, symmetric } = row;
    if (row.format === 'gather') {
      const grouping: Grouping = { dims: [K, N], granularity: 'block', axis: 0, block };
      const t = quantizeTable(x, grouping, symmetric, half);
      expect([...packNative(t.q, 4)]).toEqual(bytes(row.quantized));
      expect(bits(t.scales, row.scales)).toEqual(bytes(row.scales));
      if (row.zero_points) expect([...packNative(t.zeros, 4)]).toEqual(bytes(row.zero_points));
      return;
    }
    if (row.format === 'QDQ') {
      const t = quantizeQdq(x, K, N, block, symmetric, half);
      expect([...packNative(t.q, 4)]).toEqual(bytes(row.quantized));
      expect(bits(t.scales, row.scales)).toEqual(bytes(row.scales));
      if (row.zero_points) expect([...packNative(t.zeros, 4)]).toEqual(bytes(row.zero_points));
      return;
    }
    const layout: BlockLayout = { K, N, bits: row.bits, block };
    const t = quantizeNBits(x, layout, symmetric, half);
    expect(bits(t.scales, row.scales)).toEqual(bytes(row.scales));
    if (row.zero_points) expect([...packZeros(t.zeros, layout)]).toEqual(bytes(row.zero_points));
    expect([...t.packed]).toEqual(bytes(row.quantized));
  });
  it('covers every row that the reference did not refuse', () => {
    expect(rows.length).toBeGreaterThan(100);
  });
});

describe('RTN, k-quant and HQQ on groups', () => {
  it.each(tables.searched.rows.map((r) => [`${r.algorithm} ${r.groups} ${r.bits} ${r.scheme}`, r] as const))(
    '%s',
    (_, row) => {
      const packed = tables.searched.groups[row.groups];
      const x = floats(packed);
      const [rows, block] = packed.shape;
      if (row.algorithm === 'HQQ') {
        // Columns of a weight are what the table calls rows.
        const columns = new Float32Array(x.length);
        for (let r = 0; r < rows; r++) for (let i = 0; i < block; i++) columns[i * rows + r] = x[r * block + i];
        const layout: BlockLayout = { K: block, N: rows, bits: 4, block };
        const ours = quantizeHqq(columns, layout);
        const [scales, zeros, q] = [floats(row.scales), floats(row.zero_points!), unpack(row.quantized)];
        expect(blocksOf(layout)).toBe(1);
        let [own, other] = [0, 0];
        const y = restore(ours, layout);
        for (let r = 0; r < rows; r++) {
          for (let i = 0; i < block; i++) {
            own += Math.abs(y[i * rows + r] - x[r * block + i]);
            other += Math.abs((q[r * block + i] - zeros[r]) * scales[r] - x[r * block + i]);
          }
        }
        // torch's sums depend on the machine; rounds may stop one earlier or later. The error left may differ by that much.
        expect(own).toBeLessThanOrEqual(other * 1.01 + 1e-6);
        return;
      }
      const quantize: GroupQuantizer =
        row.algorithm === 'RTN' ? rtn(row.bits as 4, row.scheme === 'sym', false) : kQuant(row.bits as 4);
      const q = new Uint8Array(block);
      const [wantedQ, wantedS, wantedZ] = [unpack(row.quantized), unpack(row.scales), unpack(row.zero_points!)];
      for (let r = 0; r < rows; r++) {
        const { scale, zero } = quantize(x.subarray(r * block, (r + 1) * block), q);
        expect([scale, zero], `row ${r}`).toEqual([Math.fround(wantedS[r]), wantedZ[r]]);
        expect([...q], `row ${r}`).toEqual([...Array.prototype.slice.call(wantedQ, r * block, (r + 1) * block)]);
      }
    },
  );
});
