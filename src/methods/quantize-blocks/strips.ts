import { MiB } from '../../base/limits.ts';
import type { Loan } from '../../base/memory.ts';
import { type Measured, Measurer, measure } from '../../kernels/loops/measure.ts';
import { PIECE } from '../../kernels/simd/layout.ts';
import type { Simd } from '../../kernels/simd/module.ts';
import { simdFor } from '../../kernels/simd/resident.ts';
import type { Detail } from '../../kernels/sketch.ts';
import { floatToHalf, halfToFloat } from '../../onnx/float.ts';
import { type BlockLayout, type Blocks, blobOf, blocksOf, emptyBlocks, packedBytes, restore } from './layout.ts';
import { quantizeNBits } from './nbits.ts';

/** Floats of a block of rows that kernels may work on at once. */
const MOST = MiB;

/**
 * `quantizeNBits`, and how far what the integers stand for is from x, in one pass.
 * @param dims of the tensor, and the detail of the sketch
 * @param memory gives kernels some for the integers: a place where x is in one, else what may be withdrawn
 */
export function nbitsMeasured(
  x: Float32Array,
  layout: BlockLayout,
  symmetric: boolean,
  half: boolean,
  { dims, detail }: { dims: readonly number[]; detail?: Detail },
  memory: Partial<Pick<Loan, 'place' | 'withdraw'>> = {},
  kernels: Simd | null = simdFor(x, dims),
): { blocks: Blocks; measured: Measured } {
  const { K, N, bits, block } = layout;
  if (!kernels || bits !== 4 || K % 2 || N % 16 || block * N > MOST) {
    const blocks = quantizeNBits(x, layout, symmetric, half);
    return { blocks, measured: measure(x, restore(blocks, layout), dims, detail, kernels) };
  }
  const measurer = new Measurer(dims, detail, kernels);
  const place = kernels.holds(x) ? memory.place?.(packedBytes(layout)) : undefined;
  const out = emptyBlocks(layout, memory.withdraw, place);
  const strip = new Strip(kernels, measurer.claim(), layout, symmetric, half, out);
  for (let row = 0; row < K; row += block) {
    const rows = Math.min(block, K - row);
    const address = strip.quantize(x, row, rows);
    for (let at = 0; at < rows * N; at += PIECE) {
      measurer.addAt(Math.min(PIECE, rows * N - at), address + 4 * at, strip.y + 4 * at);
    }
  }
  return { blocks: out, measured: measurer.finish() };
}

/** A block of rows in the kernels' memory, with what its columns are quantized by. */
class Strip {
  /** Address of what the floats become. */
  readonly y: number;
  private readonly x: number;
  private readonly columns: readonly number[];
  private readonly q: number;
  /** Whether the integers lie in the kernels' memory themselves. */
  private readonly isPlaced: boolean;

  constructor(
    private readonly kernels: Simd,
    free: number,
    private readonly layout: BlockLayout,
    private readonly symmetric: boolean,
    private readonly half: boolean,
    private readonly out: Blocks,
  ) {
    const { N, K, block } = layout;
    this.isPlaced = out.packed.buffer === kernels.u8.buffer;
    // What a last block lacks is zero.
    if (this.isPlaced && K % block) out.packed.fill(0);
    // With four bits the middle of the range.
    if (symmetric) out.zeros.fill(8);
    const start = 16 * Math.ceil(free / 16);
    this.columns = [0, 1, 2, 3, 4].map((i) => start + 4 * N * i);
    this.q = start + 5 * 4 * N;
    this.x = this.q + N * blobOf(layout);
    this.y = this.x + 4 * N * block;
    kernels.reserve(this.y, 4 * N * block);
  }

  /** Gives the address of the floats. */
  quantize(x: Float32Array, row: number, rows: number): number {
    const { kernels, layout, columns, q } = this;
    const { N } = layout;
    const blob = blobOf(layout);
    const [low, high, inverse, scale, zero] = columns;
    const values = x.subarray(row * N, (row + rows) * N);
    const address = kernels.addressOf(values, this.x);
    kernels.f32.set(values.subarray(0, N), low / 4);
    kernels.f32.set(values.subarray(0, N), high / 4);
    kernels.run.rowRanges(address, rows * N, 0, N, low, high);
    this.parameters(row / layout.block);
    const b = row / layout.block;
    if (this.isPlaced) {
      const to = this.out.packed.byteOffset + b * blob;
      kernels.run.nibbles(address, rows, N, to, blocksOf(layout) * blob, this.y, inverse, scale, zero);
      return address;
    }
    if (rows < layout.block) kernels.u8.fill(0, q, q + N * blob);
    kernels.run.nibbles(address, rows, N, q, blob, this.y, inverse, scale, zero);
    this.scatter(b, blob);
    return address;
  }

  private parameters(b: number): void {
    const { layout, out, kernels, columns, symmetric } = this;
    const { N } = layout;
    const [low, high, inverse, scale, zero] = columns;
    kernels.run.blockParameters(low, high, N, symmetric ? 1 : 0, inverse, scale, zero);
    const { f32 } = kernels;
    if (this.half) this.inHalves(f32);
    const blocks = blocksOf(layout);
    for (let n = 0, at = b; n < N; n++, at += blocks) out.scales[at] = f32[scale / 4 + n];
    if (symmetric) return;
    for (let n = 0, at = b; n < N; n++, at += blocks) out.zeros[at] = f32[zero / 4 + n];
  }

  /** Scales as they are kept in float16, and the reciprocals of those. */
  private inHalves(f32: Float32Array): void {
    const [inverse, scale] = [this.columns[2] / 4, this.columns[3] / 4];
    for (let n = 0; n < this.layout.N; n++) {
      const s = halfToFloat(floatToHalf(f32[scale + n]));
      f32[scale + n] = s;
      f32[inverse + n] = s !== 0 ? 1 / s : 0;
    }
  }

  /** The blobs of one block of every column, each to its place among the column's others. Blobs are whole words. */
  private scatter(b: number, blob: number): void {
    const { i32 } = this.kernels;
    const packed = new Int32Array(this.out.packed.buffer, 0, this.out.packed.length / 4);
    const words = blob / 4;
    const stride = blocksOf(this.layout) * words;
    let from = this.q / 4;
    for (let n = 0, to = b * words; n < this.layout.N; n++, to += stride) {
      for (let w = 0; w < words; w++) packed[to + w] = i32[from++];
    }
  }
}
