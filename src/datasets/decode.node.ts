import { decode } from 'jpeg-js';
import { PareError } from '../base/errors.ts';
import { MAX_IMAGE_PIXELS } from './limits.ts';
import { decodePng } from './png.ts';
import type { DecodedImage } from './types.ts';

/** What jpeg-js may allocate for one picture: its coefficients take about 8 bytes a pixel and component. */
const JPEG_MEMORY_MIB = 2048;

/**
 * Decodes PNG and JPEG where there is no browser. A JPEG may differ from a browser's by a few levels of 255: the standard leaves the inverse
 * transform's rounding open, and jpeg-js repeats chroma samples where libjpeg smooths them.
 * @throws PareError `data/unreadable` for other formats; plain errors from the decoder for a damaged JPEG
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, mime: string): Promise<DecodedImage> {
  if (mime === 'image/png') return decodePng(bytes);
  if (mime !== 'image/jpeg') {
    throw new PareError('data/unreadable', `${mime} images are decoded in the browser only.`, {
      hint: 'Save them as PNG or JPEG.',
    });
  }
  const { width, height, data } = decode(bytes, {
    useTArray: true,
    maxResolutionInMP: MAX_IMAGE_PIXELS / 1e6,
    maxMemoryUsageInMB: JPEG_MEMORY_MIB,
  });
  return { width, height, data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength) };
}
