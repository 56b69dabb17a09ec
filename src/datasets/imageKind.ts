import { overLimit, unreadable } from './fail.ts';
import { MAX_IMAGE_PIXELS } from './limits.ts';

export interface ImageKind {
  mime: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/bmp';
  width: number;
  height: number;
}

/** Bytes from the start that `imageMime` looks at. */
export const IMAGE_MAGIC_BYTES = 12;

/** What kind of image the bytes begin as, by content; undefined for anything else. */
export function imageMime(b: Uint8Array): ImageKind['mime'] | undefined {
  const ascii = (at: number, text: string) => [...text].every((c, i) => b[at + i] === c.charCodeAt(0));
  if (b[0] === 0x89 && ascii(1, 'PNG\r\n')) return 'image/png';
  if (b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff) return 'image/jpeg';
  if (ascii(0, 'GIF87a') || ascii(0, 'GIF89a')) return 'image/gif';
  if (ascii(0, 'RIFF') && ascii(8, 'WEBP')) return 'image/webp';
  // Two letters are too little: a table may begin with BMI. Four reserved bytes are zero in every BMP.
  if (ascii(0, 'BM') && [6, 7, 8, 9].every((i) => b[i] === 0)) return 'image/bmp';
  return undefined;
}

/**
 * Kind and size of an image from its header, so that a picture of 60,000×60,000 is refused before any decoder allocates it.
 * @throws PareError `data/unreadable` when it is no image, `data/limit` past `MAX_IMAGE_PIXELS`
 */
export function imageKind(bytes: Uint8Array<ArrayBuffer>, where: string): ImageKind {
  const mime = imageMime(bytes);
  if (!mime) throw unreadable(where, 'it is not a PNG, JPEG, WebP, GIF or BMP image.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: { width: number; height: number } | undefined;
  try {
    size = mime === 'image/jpeg' ? jpegSize(view) : headerSize(view, mime);
  } catch (error) {
    // DataView throws RangeError when the header is cut short.
    if (!(error instanceof RangeError)) throw error;
  }
  if (!size || size.width < 1 || size.height < 1) throw unreadable(where, 'its image header is damaged or cut short.');
  if (size.width * size.height > MAX_IMAGE_PIXELS) {
    throw overLimit(where, `${size.width}×${size.height} pixels are more than the limit of ${MAX_IMAGE_PIXELS}.`);
  }
  return { mime, ...size };
}

function headerSize(v: DataView, mime: ImageKind['mime']): { width: number; height: number } | undefined {
  if (mime === 'image/png') return { width: v.getUint32(16), height: v.getUint32(20) };
  if (mime === 'image/gif') return { width: v.getUint16(6, true), height: v.getUint16(8, true) };
  if (mime === 'image/bmp') {
    // The height is negative where rows run top to bottom. Header size 12 is OS/2's, with 16-bit sizes.
    if (v.getUint32(14, true) === 12) return { width: v.getUint16(18, true), height: v.getUint16(20, true) };
    return { width: v.getInt32(18, true), height: Math.abs(v.getInt32(22, true)) };
  }
  const chunk = v.getUint32(12);
  if (chunk === 0x56503858) return { width: 1 + uint24(v, 24), height: 1 + uint24(v, 27) };
  if (chunk === 0x5650384c) {
    const bits = v.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  if (chunk === 0x56503820) return { width: v.getUint16(26, true) & 0x3fff, height: v.getUint16(28, true) & 0x3fff };
  return undefined;
}

function uint24(v: DataView, at: number): number {
  return v.getUint16(at, true) | (v.getUint8(at + 2) << 16);
}

/** The size from the first start-of-frame segment (ITU-T T.81, B.2.2). */
function jpegSize(v: DataView): { width: number; height: number } | undefined {
  let at = 2;
  for (;;) {
    if (v.getUint8(at) !== 0xff) return undefined;
    const marker = v.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    const frame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (frame) return { height: v.getUint16(at + 5), width: v.getUint16(at + 7) };
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + v.getUint16(at + 2);
  }
}
