import { type Measured, Measurer, measure } from '../../kernels/loops/measure.ts';
import { PIECE, Q, X, Y } from '../../kernels/simd/layout.ts';
import { type Simd, simd } from '../../kernels/simd/module.ts';
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
 * @param dims of the tensor, and the axis along which the sketch keeps ranges
 */
export function halvesMeasured(
  x: Float32Array<ArrayBuffer>,
  clamp: Clamp,
  dims: readonly number[],
  axis?: number,
  kernels: Simd | null = simd(),
): { halves: Uint16Array<ArrayBuffer> } & Measured {
  if (!kernels) {
    const halves = clampedHalves(new Uint32Array(x.buffer, x.byteOffset, x.length), clamp);
    return { halves, ...measure(x, halvesToFloats(halves), dims, axis, kernels) };
  }
  const halves = new Uint16Array(x.length);
  const measurer = new Measurer(dims, axis, kernels);
  measurer.claim();
  const bounds = [bitsOf(clamp.min), bitsOf(clamp.max)] as const;
  const limits = [floatToHalf(Math.fround(clamp.min)), floatToHalf(Math.fround(clamp.max))] as const;
  const bytes = new Uint8Array(halves.buffer);
  for (let at = 0; at < x.length; at += PIECE) {
    const length = Math.min(PIECE, x.length - at);
    kernels.f32.set(x.subarray(at, at + length), X / 4);
    kernels.run.halves(X, length, Q, Y, ...bounds, ...limits);
    bytes.set(kernels.u8.subarray(Q, Q + 2 * length), 2 * at);
    measurer.addAt(length);
  }
  return { halves, ...measurer.finish() };
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
