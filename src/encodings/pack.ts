/** Part of an integer, stored for all elements together: `width` bits (1, 2 or 4, so that they divide a byte) from bit `shift` up. */
export interface Field {
  readonly width: 1 | 2 | 4;
  readonly shift: number;
}

/** The fields of a width that takes them in order of size: 7 bits are 4 + 2 + 1, the widest uppermost. */
export function fieldsOf(bits: number): Field[] {
  const fields: Field[] = [];
  let top = bits;
  for (const width of [4, 2, 1] as const) {
    while (top >= width) {
      top -= width;
      fields.push({ width, shift: top });
    }
  }
  return fields;
}

/** Bytes that eight fields of width one take: every field pads its elements to a multiple of 8. */
export function planeBytes(count: number): number {
  return Math.ceil(count / 8);
}

/**
 * One field of every element, (q + bias) >> shift, packed. The elements that share a byte are not neighbours but whole
 * strides apart, so that an unpacker handles each position in a byte as one long run.
 * @param bias what makes all of q + bias non-negative
 */
export function packField(q: ArrayLike<number>, bias: number, { width, shift }: Field): Uint8Array<ArrayBuffer> {
  const stride = planeBytes(q.length) * width;
  const mask = (1 << width) - 1;
  const out = new Uint8Array(stride);
  for (let j = 0; j * width < 8; j++) {
    const from = j * stride;
    const end = Math.min(stride, q.length - from);
    const up = j * width;
    for (let i = 0; i < end; i++) out[i] |= (((q[from + i] + bias) >> shift) & mask) << up;
  }
  return out;
}

/**
 * 4- and 2-bit integers as ONNX stores its own (onnx.proto, raw_data): the first element in the lowest bits. Signed ones
 * in two's complement.
 */
export function packNative(q: ArrayLike<number>, width: 2 | 4): Uint8Array<ArrayBuffer> {
  const per = 8 / width;
  const mask = (1 << width) - 1;
  const out = new Uint8Array(Math.ceil(q.length / per));
  const whole = Math.floor(q.length / per);
  if (width === 4) {
    for (let i = 0, k = 0; i < whole; i++, k += 2) out[i] = (q[k] & 15) | (q[k + 1] << 4);
  } else {
    for (let i = 0, k = 0; i < whole; i++, k += 4) {
      out[i] = (q[k] & 3) | ((q[k + 1] & 3) << 2) | ((q[k + 2] & 3) << 4) | (q[k + 3] << 6);
    }
  }
  for (let k = whole * per; k < q.length; k++) out[whole] |= (q[k] & mask) << ((k % per) * width);
  return out;
}
