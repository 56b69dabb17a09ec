import { type Allocate, fresh } from '../../base/memory.ts';

/** A weight of K rows and N columns cut into blocks down each column. */
export interface BlockLayout {
  readonly K: number;
  readonly N: number;
  readonly bits: 2 | 4 | 8;
  readonly block: number;
}

/** What a quantizer of blocks gives. Scales and zero points are by column, then by block. */
export interface Blocks {
  /** [N, blocks, block · bits / 8]: from the low bits up along K. */
  packed: Uint8Array<ArrayBuffer>;
  scales: Float32Array<ArrayBuffer>;
  zeros: Float32Array<ArrayBuffer>;
}

export function blocksOf({ K, block }: Pick<BlockLayout, 'K' | 'block'>): number {
  return Math.ceil(K / block);
}

/** Bytes of one block. */
export function blobOf({ bits, block }: Pick<BlockLayout, 'bits' | 'block'>): number {
  return (block * bits) / 8;
}

/** Bytes of all integers. */
export function packedBytes(layout: BlockLayout): number {
  return layout.N * blocksOf(layout) * blobOf(layout);
}

/** Columns worked on together: their floats and bytes of one block stay in the first-level cache. */
export const TILE = 64;

/** An empty result of a layout. @param allocate gives memory for the integers @param packed that memory, where there is some already */
export function emptyBlocks(
  layout: BlockLayout,
  allocate: Allocate = fresh,
  packed = new Uint8Array(allocate(packedBytes(layout)), 0, packedBytes(layout)),
): Blocks {
  const count = layout.N * blocksOf(layout);
  return {
    packed,
    scales: new Float32Array(count),
    zeros: new Float32Array(count),
  };
}

/**
 * Zero points as MatMulNBits takes them: UINT8 [N, ⌈blocks · bits / 8⌉], low bits first, what is missing being the middle.
 */
export function packZeros(zeros: Float32Array, layout: BlockLayout): Uint8Array<ArrayBuffer> {
  const { N, bits } = layout;
  const blocks = blocksOf(layout);
  const per = 8 / bits;
  const bytes = Math.ceil(blocks / per);
  const middle = 1 << (bits - 1);
  const out = new Uint8Array(N * bytes);
  for (let n = 0; n < N; n++) {
    for (let b = 0; b < bytes * per; b++) {
      const z = b < blocks ? zeros[n * blocks + b] : middle;
      out[n * bytes + Math.floor(b / per)] |= z << ((b % per) * bits);
    }
  }
  return out;
}

/** x̂ = (q − zero point) · scale, as the weight lies: K rows of N. */
export function restore({ packed, scales, zeros }: Blocks, layout: BlockLayout): Float32Array<ArrayBuffer> {
  const { K, N, bits, block } = layout;
  const blocks = blocksOf(layout);
  const blob = blobOf(layout);
  const out = new Float32Array(K * N);
  const scale = new Float32Array(TILE);
  const zero = new Float32Array(TILE);
  for (let b = 0; b < blocks; b++) {
    const rows = Math.min(block, K - b * block);
    for (let n = 0; n < N; n += TILE) {
      const columns = Math.min(TILE, N - n);
      for (let c = 0; c < columns; c++) {
        scale[c] = scales[(n + c) * blocks + b];
        zero[c] = zeros[(n + c) * blocks + b];
      }
      restoreTile(
        packed,
        out,
        (n * blocks + b) * blob,
        blocks * blob,
        b * block * N + n,
        N,
        rows,
        columns,
        bits,
        scale,
        zero,
      );
    }
  }
  return out;
}

function restoreTile(
  packed: Uint8Array,
  out: Float32Array,
  from: number,
  stride: number,
  to: number,
  N: number,
  rows: number,
  columns: number,
  bits: number,
  scale: Float32Array,
  zero: Float32Array,
): void {
  const mask = (1 << bits) - 1;
  const per = 8 / bits;
  for (let r = 0; r < rows; r++) {
    const shift = (r % per) * bits;
    const start = to + r * N;
    for (let c = 0, at = from + Math.floor(r / per); c < columns; c++, at += stride) {
      out[start + c] = (((packed[at] >>> shift) & mask) - zero[c]) * scale[c];
    }
  }
}
