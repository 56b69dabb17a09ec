/**
 * A JPEG without its Exif segment, so that a browser does not turn the picture by its orientation tag: Pillow, and with it torchvision and Keras,
 * leave pixels as they are stored, and a model is to see what it was trained on. The segments before the scan are walked
 * (ITU-T T.81, B.1.1.4); anything unexpected leaves the rest untouched for the decoder to judge.
 */
export function withoutExif(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return bytes;
  const cuts: [number, number][] = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (marker === 0xda || marker < 0xc0 || end > bytes.length) break;
    // APP1 is Exif or XMP; neither holds pixels.
    if (marker === 0xe1) cuts.push([at, end]);
    at = end;
  }
  if (cuts.length === 0) return bytes;
  const out = new Uint8Array(bytes.length - cuts.reduce((n, [from, to]) => n + to - from, 0));
  let from = 0;
  let to = 0;
  for (const [start, end] of [...cuts, [bytes.length, bytes.length]]) {
    out.set(bytes.subarray(from, start), to);
    to += start - from;
    from = end;
  }
  return out;
}
