import { describe, expect, test } from 'vitest';
import { arithmetic, type PackedArray, unpack } from '../ort/testing.ts';
import { addMagnitudes, addValues, type Batch, type Running } from './merge.ts';
import { entropyRange, percentileRange, type Range } from './thresholds.ts';

interface Row {
  data: string;
  method: 'entropy' | 'percentile' | 'distribution';
  num_bins: number;
  num_quantized_bins?: number;
  percentile?: number;
  symmetric?: boolean;
  hist: PackedArray;
  edges: PackedArray;
  lowest: PackedArray;
  highest: PackedArray;
}

const { data, rows } = (arithmetic() as unknown as { histograms: { data: Record<string, PackedArray[]>; rows: Row[] } })
  .histograms;

function batchOf(x: Float32Array): Batch {
  return { parts: [x], min: x.reduce((a, b) => Math.min(a, b)), max: x.reduce((a, b) => Math.max(a, b)) };
}

describe('histograms over batches, and the thresholds drawn from them, are the reference’s to the bit', () => {
  test.each(rows.map((row) => [`${row.data}, ${row.method}, ${row.num_bins} bins`, row] as const))('%s', (_, row) => {
    let running: Running | undefined;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const packed of data[row.data]) {
      const batch = batchOf(unpack(packed) as Float32Array);
      const join = row.method === 'percentile' && row.symmetric ? addMagnitudes : addValues;
      running = join(running, batch, row.num_bins, Math.fround);
      min = Math.min(min, batch.min);
      max = Math.max(max, batch.max);
    }
    const h = running!;
    expect(Array.from(h.edges)).toEqual(Array.from(unpack(row.edges)));
    expect(Array.from(h.counts)).toEqual(Array.from(unpack(row.hist)));
    let range: Range = [h.edges[0], h.edges[h.counts.length]];
    if (row.method === 'entropy') range = entropyRange(h, row.num_quantized_bins!, min, max);
    if (row.method === 'percentile') range = percentileRange(h, row.percentile!, row.symmetric!, min, max);
    expect(range.map((v) => v + 0)).toEqual([unpack(row.lowest)[0], unpack(row.highest)[0]].map((v) => v + 0));
  });
});
