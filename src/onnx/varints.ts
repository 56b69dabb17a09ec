import { PareError } from '../base/errors.ts';

/**
 * A packed varint field (int32_data, int64_data, uint64_data) as little-endian integers of `bits` each. Sub-byte dtypes
 * (bits below 8) hold one packed byte per varint.
 * @param count elements expected; only used to bound the result
 * @throws PareError `model/corrupt`
 */
export function unpackVarints(packed: Uint8Array, bits: number, count: number): Uint8Array<ArrayBuffer> {
  const width = Math.max(1, bits / 8);
  const elements = bits < 8 ? Math.ceil((count * bits) / 8) : count;
  if (elements > packed.length) throw new PareError('model/corrupt', 'A packed field is shorter than its tensor.');
  const out = new Uint8Array(elements * width);
  const view = new DataView(out.buffer);
  let at = 0;
  for (let i = 0; i < elements; i++) {
    let low = 0;
    let high = 0;
    let shift = 0;
    let byte = 0x80;
    while (byte & 0x80) {
      if (at >= packed.length || shift >= 70) throw new PareError('model/corrupt', 'A packed field is damaged.');
      byte = packed[at++];
      const seven = byte & 0x7f;
      if (shift < 28) low |= seven << shift;
      else if (shift === 28) {
        low |= seven << 28;
        high |= seven >> 4;
      } else high |= seven << (shift - 32);
      shift += 7;
    }
    if (width === 1) out[i] = low;
    else if (width === 2) view.setUint16(i * 2, low & 0xffff, true);
    else if (width === 4) view.setInt32(i * 4, low, true);
    else {
      view.setInt32(i * 8, low, true);
      view.setInt32(i * 8 + 4, high, true);
    }
  }
  if (at !== packed.length) throw new PareError('model/corrupt', 'A packed field is longer than its tensor.');
  return out;
}
