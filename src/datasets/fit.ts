import { PareError } from '../base/errors.ts';
import { mismatch } from './fail.ts';
import { MAX_IMAGE_PIXELS } from './limits.ts';
import { type AnyPixels, cropWindow, resizeBilinear, resizeNearest } from './resize.ts';
import type { Resize } from './types.ts';

/**
 * An image at the model's size. `crop` is torchvision's Resize(shortSide) and CenterCrop; `pad` is a letterbox.
 * @throws PareError `data/shape-mismatch` with mode `none` and another size
 */
export function fitImage(image: AnyPixels, width: number, height: number, resize: Resize, where: string): AnyPixels {
  if (image.width === width && image.height === height && !(resize.mode === 'crop' && resize.shortSide)) return image;
  const scale = (w: number, h: number) =>
    resize.filter === 'nearest' ? resizeNearest(image, w, h) : resizeBilinear(image, w, h);
  if (resize.mode === 'none') {
    throw mismatch(
      where,
      `a sample is ${image.height}×${image.width} and the model takes ${height}×${width}.`,
      RESIZE_HINT,
    );
  }
  if (resize.mode === 'stretch') return scale(width, height);
  if (resize.mode === 'pad') {
    const factor = Math.min(width / image.width, height / image.height);
    const w = Math.max(1, Math.round(image.width * factor));
    const h = Math.max(1, Math.round(image.height * factor));
    return cropWindow(
      scale(w, h),
      -Math.floor((width - w) / 2),
      -Math.floor((height - h) / 2),
      width,
      height,
      resize.fill ?? 0,
    );
  }
  const [w, h] = shortSideSize(image, width, height, resize.shortSide);
  if (w * h > MAX_IMAGE_PIXELS) {
    // A picture of 60,000×1 has a short side that no enlargement should start from.
    throw new PareError('data/limit', `${where}: resized by its short side it would be ${w}×${h} pixels.`, { where });
  }
  return cropWindow(scale(w, h), roundEven((w - width) / 2), roundEven((h - height) / 2), width, height, 0);
}

export const RESIZE_HINT = 'Choose a way to resize (stretch, crop or pad), or data of the right size.';

/** Width and height before cropping: torchvision truncates the long side. */
function shortSideSize(
  image: AnyPixels,
  width: number,
  height: number,
  shortSide: number | undefined,
): [number, number] {
  const { width: w, height: h } = image;
  if (shortSide === undefined) {
    const factor = Math.max(width / w, height / h);
    return [Math.max(width, Math.round(w * factor)), Math.max(height, Math.round(h * factor))];
  }
  return w <= h ? [shortSide, Math.trunc((shortSide * h) / w)] : [Math.trunc((shortSide * w) / h), shortSide];
}

/** Python's `round`: halves to even. torchvision places the crop with it. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor & 1) : Math.round(x);
}
