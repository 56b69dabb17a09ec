import { memorySource } from '../base/source.ts';
import { overLimit, unreadable } from './fail.ts';
import { crc32, inflate } from './inflate.ts';
import { MAX_IMAGE_PIXELS } from './limits.ts';
import type { DecodedImage } from './types.ts';

/**
 * PNG (W3C third edition), decoded by ourselves in the browser too: a canvas multiplies colours by alpha and back, which loses bits, and
 * applies gamma where it pleases. Every colour type, depth and interlacing; 16-bit samples keep their high byte as libpng's
 * strip does; gamma and profiles are ignored, as Pillow and every training pipeline on it do.
 */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples a pixel has, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** Adam7: first column, first row, column step, row step of each pass. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

interface Png {
  width: number;
  height: number;
  depth: number;
  colorType: number;
  interlaced: boolean;
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  packed: Uint8Array<ArrayBuffer>;
}

/** @throws PareError `data/unreadable` when it is damaged, `data/limit` past `MAX_IMAGE_PIXELS` */
export async function decodePng(bytes: Uint8Array<ArrayBuffer>, where = 'image'): Promise<DecodedImage> {
  const png = readChunks(bytes, where);
  const { width, height } = png;
  const passes = (png.interlaced ? ADAM7 : [[0, 0, 1, 1]])
    .map(([x, y, dx, dy]) => ({ x, y, dx, dy, w: Math.ceil((width - x) / dx), h: Math.ceil((height - y) / dy) }))
    .filter((p) => p.w > 0 && p.h > 0);
  const bits = SAMPLES[png.colorType] * png.depth;
  const rowBytes = (w: number) => Math.ceil((w * bits) / 8);
  const size = passes.reduce((n, p) => n + p.h * (1 + rowBytes(p.w)), 0);
  const raw = await inflate(memorySource(png.packed, where), 'zlib', { limit: size, anyRatio: true });
  if (raw.length < size) throw unreadable(where, 'its pixels are cut short.');
  const data = new Uint8ClampedArray(width * height * 4);
  const paint = painter(png, where);
  let at = 0;
  for (const p of passes) {
    const n = rowBytes(p.w);
    let above = new Uint8Array(n);
    for (let row = 0; row < p.h; row++) {
      const line = raw.subarray(at + 1, at + 1 + n);
      unfilter(raw[at], line, above, Math.max(1, bits >> 3), where);
      for (let col = 0; col < p.w; col++) {
        paint(line, col, data, ((p.y + row * p.dy) * width + p.x + col * p.dx) * 4);
      }
      above = line;
      at += 1 + n;
    }
  }
  return { width, height, data };
}

function readChunks(bytes: Uint8Array<ArrayBuffer>, where: string): Png {
  if (!SIGNATURE.every((b, i) => bytes[i] === b)) throw unreadable(where, 'it is not a PNG.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idat: Uint8Array[] = [];
  let png: Png | undefined;
  let ended = false;
  for (let at = 8; at + 12 <= bytes.length && !ended; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw unreadable(where, `its ${type} chunk is cut short.`);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (view.getUint32(at + 8 + length) !== crc32(bytes.subarray(at + 4, at + 8 + length))) {
      throw unreadable(where, `the checksum of its ${type} chunk does not match.`);
    }
    if (type === 'IHDR') png = readHeader(view, at + 8, length, where);
    else if (!png) throw unreadable(where, 'its PNG header is missing.');
    else if (type === 'PLTE') png.palette = body;
    else if (type === 'tRNS') png.transparency = body;
    else if (type === 'IDAT') idat.push(body);
    ended = type === 'IEND';
    at += 12 + length;
  }
  if (!ended) throw unreadable(where, 'it is cut short.');
  if (!png || idat.length === 0) throw unreadable(where, 'it has no pixels.');
  if (png.colorType === 3 && !png.palette) throw unreadable(where, 'its palette is missing.');
  png.packed = new Uint8Array(idat.reduce((n, b) => n + b.length, 0));
  let to = 0;
  for (const part of idat) {
    png.packed.set(part, to);
    to += part.length;
  }
  return png;
}

function readHeader(view: DataView, at: number, length: number, where: string): Png {
  if (length !== 13) throw unreadable(where, 'its PNG header is damaged.');
  const [width, height] = [view.getUint32(at), view.getUint32(at + 4)];
  const [depth, colorType, method, filter, interlace] = [8, 9, 10, 11, 12].map((k) => view.getUint8(at + k));
  if (width === 0 || height === 0 || method || filter || interlace > 1 || !DEPTHS[colorType]?.includes(depth)) {
    throw unreadable(where, 'its PNG header is damaged.');
  }
  if (width * height > MAX_IMAGE_PIXELS) throw overLimit(where, `${width}×${height} pixels are too many.`);
  const interlaced = interlace === 1;
  return {
    width,
    height,
    depth,
    colorType,
    interlaced,
    palette: undefined,
    transparency: undefined,
    packed: new Uint8Array(0),
  };
}

/** Undoes a row's filter in place (PNG, section 9). `step` is the bytes from one pixel to the next, at least 1. */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, step: number, where: string): void {
  if (filter > 4) throw unreadable(where, `row filter ${filter} is unknown.`);
  if (filter === 0) return;
  for (let i = 0; i < line.length; i++) {
    const a = i >= step ? line[i - step] : 0;
    const b = above[i];
    let guess = filter === 1 ? a : b;
    if (filter === 3) guess = (a + b) >> 1;
    if (filter === 4) {
      const c = i >= step ? above[i - step] : 0;
      const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    line[i] = (line[i] + guess) & 255;
  }
}

/** Writes pixel `col` of an unfiltered row as RGBA at `to`. */
function painter(png: Png, where: string): (line: Uint8Array, col: number, out: Uint8ClampedArray, to: number) => void {
  const { depth, colorType, palette, transparency } = png;
  const bytes = depth === 16 ? 2 : 1;
  const per = SAMPLES[colorType];
  // The full sample, needed only to compare with the transparent colour.
  const sample = (line: Uint8Array, index: number) => {
    if (depth === 8) return line[index];
    if (depth === 16) return line[index * 2] * 256 + line[index * 2 + 1];
    const bit = index * depth;
    return (line[bit >> 3] >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  const key =
    transparency &&
    Array.from({ length: transparency.length >> 1 }, (_, i) => transparency[i * 2] * 256 + transparency[i * 2 + 1]);
  if (colorType === 3) {
    const colors = palette!;
    return (line, col, out, to) => {
      const i = sample(line, col);
      if (i * 3 + 2 >= colors.length) throw unreadable(where, `a pixel has colour ${i}, past its palette.`);
      for (let c = 0; c < 3; c++) out[to + c] = colors[i * 3 + c];
      out[to + 3] = transparency?.[i] ?? 255;
    };
  }
  const spread = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  const color = per > 2 ? 3 : 1;
  return (line, col, out, to) => {
    const first = col * per;
    for (let c = 0; c < 3; c++) {
      const index = first + (color === 3 ? c : 0);
      out[to + c] = depth < 8 ? sample(line, index) * spread : line[index * bytes];
    }
    let alpha = per === 2 || per === 4 ? line[(first + per - 1) * bytes] : 255;
    if (alpha === 255 && key && key.length === per && key.every((k, c) => k === sample(line, first + c))) alpha = 0;
    out[to + 3] = alpha;
  };
}
