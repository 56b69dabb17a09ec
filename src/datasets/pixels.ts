import { fitImage } from './fit.ts';
import type { ImageGeometry } from './geometry.ts';
import type { AnyPixels } from './resize.ts';
import type { DecodedImage, Preprocess, RawArray } from './types.ts';

/** A sample's pixels as the model wants them: its colours, its size, channels interleaved, numbers still as stored. */
export function modelPixels(pixels: AnyPixels, image: ImageGeometry, preprocess: Preprocess, where: string): AnyPixels {
  const colored = recolor(pixels, image.channels, preprocess.color === 'bgr');
  return fitImage(colored, image.width, image.height, preprocess.resize, where);
}

/** RGBA as decoded. */
export function decodedPixels(image: DecodedImage): AnyPixels {
  const { width, height, data } = image;
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** One sample of an array as interleaved pixels; bytes stay bytes, all else becomes float32. */
export function arrayPixels(data: RawArray, source: NonNullable<ImageGeometry['source']>): AnyPixels {
  const { order, channels, height, width } = source;
  const n = data.length;
  const out = data instanceof Uint8Array ? new Uint8Array(n) : new Float32Array(n);
  if (order === 'NHWC' || channels === 1) out.set(data);
  else {
    const plane = height * width;
    for (let c = 0; c < channels; c++) for (let p = 0; p < plane; p++) out[p * channels + c] = data[c * plane + p];
  }
  return { width, height, channels, data: out };
}

/**
 * From 1, 3 or 4 channels to 1 or 3: alpha is dropped as Pillow's `convert("RGB")` does, gray is ITU-R 601 luma with Pillow's `convert("L")`
 * rounding, gray to colour repeats. Other channel counts pass unchanged.
 */
function recolor(pixels: AnyPixels, channels: number, bgr: boolean): AnyPixels {
  const from = pixels.channels;
  if (from === channels && !(bgr && from === 3)) return pixels;
  const { data, width, height } = pixels;
  const count = width * height;
  const bytes = data instanceof Uint8Array;
  const out = bytes ? new Uint8Array(count * channels) : new Float32Array(count * channels);
  for (let p = 0; p < count; p++) {
    const at = p * from;
    if (channels === 1) {
      const [r, g, b] = [data[at], data[at + 1], data[at + 2]];
      out[p] = bytes ? (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16 : 0.299 * r + 0.587 * g + 0.114 * b;
      continue;
    }
    for (let c = 0; c < channels; c++) out[p * channels + c] = from === 1 ? data[at] : data[at + (bgr ? 2 - c : c)];
  }
  return { width, height, channels, data: out };
}
