import { configureTextEncoding } from '@bufbuild/protobuf/wire';

/**
 * Names as strings, whatever their bytes. ONNX asks for UTF-8 and no reader checks it, so files with names in
 * other encodings exist. A byte that is not UTF-8 becomes the lone surrogate U+DC00 + byte, as Python's `surrogateescape`
 * does (PEP 383), and goes back to that byte when written: names stay distinct and files come back as they were.
 */

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Length of the valid UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0. */
function sequence(bytes: Uint8Array, at: number): number {
  const a = bytes[at];
  if (a < 0x80) return 1;
  const n = a >= 0xc2 && a < 0xe0 ? 2 : a >= 0xe0 && a < 0xf0 ? 3 : a >= 0xf0 && a < 0xf5 ? 4 : 0;
  if (n === 0 || at + n > bytes.length) return 0;
  const b = bytes[at + 1];
  const low = a === 0xe0 ? 0xa0 : a === 0xf0 ? 0x90 : 0x80;
  const high = a === 0xed ? 0x9f : a === 0xf4 ? 0x8f : 0xbf;
  if (b < low || b > high) return 0;
  for (let i = 2; i < n; i++) if ((bytes[at + i] & 0xc0) !== 0x80) return 0;
  return n;
}

/** Bytes as text. Never fails. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    const pieces: string[] = [];
    const bad: number[] = [];
    const flush = () => {
      pieces.push(String.fromCharCode(...bad));
      bad.length = 0;
    };
    let run = 0;
    for (let at = 0; at < bytes.length; ) {
      const n = sequence(bytes, at);
      if (n > 0) {
        at += n;
        continue;
      }
      if (at > run) {
        flush();
        pieces.push(strict.decode(bytes.subarray(run, at)));
      } else if (bad.length === 4096) flush();
      bad.push(0xdc00 + bytes[at]);
      run = ++at;
    }
    flush();
    pieces.push(strict.decode(bytes.subarray(run)));
    return pieces.join('');
  }
}

const escaped = /[\udc80-\udcff]/u;

/** The inverse of `decodeText`. */
export function encodeText(text: string): Uint8Array {
  // With the `u` flag the halves of a pair do not match, only surrogates that stand alone.
  if (!escaped.test(text)) return encoder.encode(text);
  // UTF-8 takes at most three bytes for a UTF-16 unit.
  const out = new Uint8Array(3 * text.length);
  let length = 0;
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code >= 0xdc80 && code <= 0xdcff) out[length++] = code - 0xdc00;
    else length += encoder.encodeInto(char, out.subarray(length)).written;
  }
  return out.subarray(0, length);
}

configureTextEncoding({
  encodeUtf8: (text) => encodeText(text) as Uint8Array<ArrayBuffer>,
  encodeUtf8Into(text, into) {
    if (!escaped.test(text)) return encoder.encodeInto(text, into);
    const bytes = encodeText(text);
    into.set(bytes);
    return { written: bytes.length };
  },
  decodeUtf8: (bytes) => decodeText(bytes),
  checkUtf8: () => true,
});
