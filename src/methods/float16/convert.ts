import { type Allocate, fresh } from '../../base/memory.ts';
import { type Measured, Measurer, measure } from '../../kernels/loops/measure.ts';
import { PIECE, Q, X, Y } from '../../kernels/simd/layout.ts';
import type { Simd } from '../../kernels/simd/module.ts';
import { simdFor } from '../../kernels/simd/resident.ts';
import type { Detail } from '../../kernels/sketch.ts';
import { floatToHalf, halvesToFloats } from '../../onnx/float.ts';

/** Numbers that become others before they are rounded, as magnitudes. */
export interface Clamp {
  /** Smaller ones but zero become it. */
  readonly min: number;
  /** Larger finite ones become it. */
  readonly max: number;
}

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function bitsOf(x: number): number {
  scratch[0] = x;
  return scratchBits[0];
}

/** The bits of 2⁻¹⁴, the smallest normal float16, and of infinity, as float32. */
const NORMAL = 0x38800000;
const INFINITE = 0x7f800000;
/** Of 65520, from which on rounding gives infinity. */
const OVERFLOW = 0x477ff000;

/**
 * float32 -> float16 as onnxruntime/transformers/float16.py, `convert_np_to_float16`: clamped, then rounded to nearest even. ±0 and
 * ±infinity stay; a NaN keeps its sign and the top of its payload.
 * @param bits of the float32 numbers
 */
export function clampedHalves(bits: Uint32Array, { min, max }: Clamp): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(bits.length);
  const [minBits, maxBits] = [bitsOf(min), bitsOf(max)];
  const rare = rareHalf(minBits, maxBits, floatToHalf(Math.fround(min)), floatToHalf(Math.fround(max)));
  // Normal numbers inside the clamp, nearly all there are, only have their exponent rebiased and 13 bits rounded away.
  const low = Math.max(NORMAL, minBits);
  const span = Math.min(maxBits, OVERFLOW - 1) - low;
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i];
    const a = x & 0x7fffffff;
    if ((a - low) >>> 0 <= span) out[i] = ((x >>> 16) & 0x8000) | ((a - 0x38000000 + 0xfff + ((a >>> 13) & 1)) >>> 13);
    else out[i] = rare(x);
  }
  return out;
}

/**
 * `clampedHalves`, and how far what the halves stand for is from x, in one pass.
 * @param dims of the tensor @param detail of the sketch
 * @param allocate gives memory for the halves
 */
export function halvesMeasured(
  x: Float32Array<ArrayBuffer>,
  clamp: Clamp,
  dims: readonly number[],
  detail?: Detail,
  allocate: Allocate = fresh,
  kernels: Simd | null = simdFor(x, dims),
): { halves: Uint16Array<ArrayBuffer> } & Measured {
  if (!kernels) {
    const halves = clampedHalves(new Uint32Array(x.buffer, x.byteOffset, x.length), clamp);
    return { halves, ...measure(x, halvesToFloats(halves), dims, detail, kernels) };
  }
  const halver = new MeasuredHalver(x.length, clamp, dims, detail, kernels, allocate);
  halver.add(x);
  return halver.finish();
}

/** `halvesMeasured` of a tensor that comes in parts, by kernels. */
export class MeasuredHalver {
  private readonly halves: Uint16Array<ArrayBuffer>;
  private readonly measurer: Measurer;
  private readonly limits: readonly [number, number, number, number];
  private at = 0;

  /** @param count elements of the whole tensor */
  constructor(
    count: number,
    { min, max }: Clamp,
    dims: readonly number[],
    detail: Detail,
    private readonly kernels: Simd,
    allocate: Allocate = fresh,
  ) {
    this.halves = new Uint16Array(allocate(2 * count), 0, count);
    this.measurer = new Measurer(dims, detail, kernels);
    this.limits = [bitsOf(min), bitsOf(max), floatToHalf(Math.fround(min)), floatToHalf(Math.fround(max))];
  }

  /** The next elements in storage order, a multiple of 4 of them unless they are the last: sums are taken in four lanes. */
  add(x: Float32Array): void {
    const { kernels, measurer, limits } = this;
    // What else ran since the last part had the kernels' memory.
    measurer.claim();
    const bytes = new Uint8Array(this.halves.buffer);
    for (let from = 0; from < x.length; from += PIECE) {
      const length = Math.min(PIECE, x.length - from);
      const address = kernels.addressOf(x.subarray(from, from + length), X);
      kernels.run.halves(address, length, Q, Y, ...limits);
      bytes.set(kernels.u8.subarray(Q, Q + 2 * length), 2 * this.at);
      measurer.addAt(length, address);
      this.at += length;
    }
  }

  finish(): { halves: Uint16Array<ArrayBuffer> } & Measured {
    return { halves: this.halves, ...this.measurer.finish() };
  }
}

/** One number that is zero, small, large or not finite. */
function rareHalf(minBits: number, maxBits: number, min: number, max: number): (x: number) => number {
  return (x) => {
    const sign = (x >>> 16) & 0x8000;
    const a = x & 0x7fffffff;
    if (a === 0) return sign;
    if (a < minBits) return sign | min;
    if (a > INFINITE) return sign | 0x7c00 | ((a >>> 13) & 0x3ff || 1);
    if (a === INFINITE) return sign | 0x7c00;
    if (a > maxBits) return sign | max;
    scratchBits[0] = a;
    return sign | floatToHalf(scratch[0]);
  };
}
