import { PareError } from '../base/errors.ts';
import { withoutExif } from './exif.ts';
import { decodePng } from './png.ts';
import type { DecodedImage } from './types.ts';

/**
 * Decodes an image in a page's worker: PNG by our own decoder, to the bit as on the command line; everything else by the browser, with
 * colours as stored and without turning it by Exif.
 * @throws PareError `runtime/unavailable` where there is no OffscreenCanvas; whatever the browser says of a damaged image
 */
export async function decodeImage(bytes: Uint8Array<ArrayBuffer>, mime: string): Promise<DecodedImage> {
  if (mime === 'image/png') return decodePng(bytes);
  if (typeof createImageBitmap === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    throw new PareError('runtime/unavailable', 'This browser cannot decode images in a worker.', {
      hint: 'Save the images as PNG, or as arrays in an .npz.',
      where: mime,
    });
  }
  const blob = new Blob([mime === 'image/jpeg' ? withoutExif(bytes) : bytes], { type: mime });
  const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  try {
    const { width, height } = bitmap;
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2d context');
    context.drawImage(bitmap, 0, 0);
    return { width, height, data: new Uint8ClampedArray(context.getImageData(0, 0, width, height).data) };
  } finally {
    bitmap.close();
  }
}
