import { type Grouping, groupCount, walk } from '../grouping.ts';

/** A uniform quantizer: q = clamp(round(x / scale) + zero point), x ≈ (q − zero point) · scale. */
export interface AffineSpec extends Grouping {
  readonly bits: number;
  readonly signed: boolean;
  /** Narrower than the bits allow, as the symmetric −127…127; the full range by default. */
  readonly qmin?: number;
  readonly qmax?: number;
}

export type Integers = Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** The integers a quantizer may use. */
export function integerRange(spec: Pick<AffineSpec, 'bits' | 'signed' | 'qmin' | 'qmax'>): [number, number] {
  const half = 2 ** (spec.bits - 1);
  return spec.signed ? [spec.qmin ?? -half, spec.qmax ?? half - 1] : [spec.qmin ?? 0, spec.qmax ?? 2 * half - 1];
}

/** Adding and taking away 1.5·2⁵² rounds any double below 2⁵¹ to an integer, ties to even, in two instructions. */
const ROUND = 6755399441055744;

/** Fails unless the arrays fit the groups: a wrong length would read `undefined` into the arithmetic. */
export function checkGroups(
  spec: Grouping,
  elements: number,
  scale: ArrayLike<number>,
  zero?: ArrayLike<number>,
): void {
  const n = spec.dims.reduce((a, b) => a * b, 1);
  const groups = groupCount(spec);
  if (elements !== n || scale.length !== groups || (zero && zero.length !== groups)) {
    throw new Error(
      `${elements} elements, ${scale.length} scales and ${zero?.length} zero points for dims [${spec.dims}] in ${groups} groups`,
    );
  }
}

/**
 * q = clamp(round(x / scale) + zero point) as ONNX QuantizeLinear and onnxruntime.quantization do it: the quotient in
 * float32, ties to even, saturating. NaN becomes the zero point. Scales are positive and finite.
 * @param zero one per group in the range of q; zeros by default
 * @throws Error when the lengths do not fit the groups
 */
export function quantizeAffine(
  x: Float32Array,
  spec: AffineSpec,
  scale: Float32Array,
  zero?: Int8Array | Uint8Array,
): Integers {
  checkGroups(spec, x.length, scale, zero);
  const [low, high] = integerRange(spec);
  // Stored through one type whatever the sign, so that the loops stay monomorphic: a store keeps the low 8 bits.
  const q = new Int8Array(x.length);
  const zeros = zero ? Float64Array.from(zero) : new Float64Array(scale.length);
  const lows = zeros.map((z) => low - z);
  const highs = zeros.map((z) => high - z);
  walk(
    spec,
    (from, to, g) => quantizeRun(x, q, from, to, scale[g], zeros[g], lows[g], highs[g]),
    zero
      ? (from, to, g) => quantizeRow(x, q, from, to, scale, zeros, lows, highs, g)
      : (from, to, g) => quantizeRowSymmetric(x, q, from, to, scale, low, high, g),
  );
  return spec.signed ? q : new Uint8Array(q.buffer);
}

function quantizeRun(
  x: Float32Array,
  q: Int8Array,
  from: number,
  to: number,
  scale: number,
  zero: number,
  low: number,
  high: number,
): void {
  for (let i = from; i < to; i++) {
    let v = Math.fround(x[i] / scale);
    if (v > high) v = high;
    else if (!(v >= low)) v = v < low ? low : 0;
    q[i] = v + ROUND - ROUND + zero;
  }
}

/** Math.max and Math.min where the bounds change from element to element: they compile to no branches, and NaN stays NaN. */
function quantizeRow(
  x: Float32Array,
  q: Int8Array,
  from: number,
  to: number,
  scale: Float32Array,
  zeros: Float64Array,
  lows: Float64Array,
  highs: Float64Array,
  group: number,
): void {
  for (let i = from, g = group; i < to; i++, g++) {
    const v = Math.max(lows[g], Math.min(highs[g], Math.fround(x[i] / scale[g])));
    // NaN | 0 is 0.
    q[i] = ((v + ROUND - ROUND) | 0) + zeros[g];
  }
}

/** The same without zero points, a fifth faster. */
function quantizeRowSymmetric(
  x: Float32Array,
  q: Int8Array,
  from: number,
  to: number,
  scale: Float32Array,
  low: number,
  high: number,
  group: number,
): void {
  for (let i = from, g = group; i < to; i++, g++) {
    const v = Math.max(low, Math.min(high, Math.fround(x[i] / scale[g])));
    q[i] = v + ROUND - ROUND;
  }
}

/**
 * x̂ = (q − zero point) · scale, the product in float32, as ONNX DequantizeLinear.
 * @throws Error when the lengths do not fit the groups
 */
export function dequantizeAffine(
  q: Int8Array | Uint8Array,
  spec: Grouping,
  scale: Float32Array,
  zero?: Int8Array | Uint8Array,
): Float32Array<ArrayBuffer> {
  checkGroups(spec, q.length, scale, zero);
  const x = new Float32Array(q.length);
  const zeros = zero ? Int32Array.from(zero) : new Int32Array(scale.length);
  const [run, row] =
    q instanceof Int8Array
      ? [dequantizeRunSigned, dequantizeRowSigned]
      : [dequantizeRunUnsigned, dequantizeRowUnsigned];
  const source = q as Int8Array & Uint8Array;
  walk(
    spec,
    (from, to, g) => run(source, x, from, to, scale[g], zeros[g]),
    (from, to, g) => row(source, x, from, to, scale, zeros, g),
  );
  return x;
}

// Two copies of each loop: an engine compiles each for the one type it ever sees.
function dequantizeRunSigned(q: Int8Array, x: Float32Array, from: number, to: number, scale: number, zero: number) {
  for (let i = from; i < to; i++) x[i] = (q[i] - zero) * scale;
}
function dequantizeRunUnsigned(q: Uint8Array, x: Float32Array, from: number, to: number, scale: number, zero: number) {
  for (let i = from; i < to; i++) x[i] = (q[i] - zero) * scale;
}
function dequantizeRowSigned(
  q: Int8Array,
  x: Float32Array,
  from: number,
  to: number,
  scale: Float32Array,
  zeros: Int32Array,
  group: number,
) {
  for (let i = from, g = group; i < to; i++, g++) x[i] = (q[i] - zeros[g]) * scale[g];
}
function dequantizeRowUnsigned(
  q: Uint8Array,
  x: Float32Array,
  from: number,
  to: number,
  scale: Float32Array,
  zeros: Int32Array,
  group: number,
) {
  for (let i = from, g = group; i < to; i++, g++) x[i] = (q[i] - zeros[g]) * scale[g];
}
