/**
 * Resizing as Pillow and torchvision do it (Pillow's src/libImaging/Resample.c): two passes, first along rows, then along
 * columns, each a weighted sum whose triangle widens with the reduction (antialiasing). Bytes go through 22-bit fixed point
 * and are rounded between the passes, so they come out the same as Pillow's to the bit, on every device. (Pillow 13 takes columns first where
 * that is less work; 11 and older, which most models were trained with, never did. They differ by one level in some pixels.)
 */

/** Pixels row by row, channels interleaved. */
interface Pixels<T extends Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>> {
  width: number;
  height: number;
  channels: number;
  data: T;
}

export type AnyPixels = Pixels<Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>>;

const PRECISION_BITS = 22;

interface Weights {
  /** First input of each output. */
  start: Int32Array;
  /** How many inputs each output has. */
  length: Int32Array;
  /** `most` weights for each output. */
  weight: Float64Array;
  most: number;
}

/** Pillow's precompute_coeffs for the triangle filter. */
function triangle(from: number, to: number): Weights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const most = Math.ceil(reach) * 2 + 1;
  const start = new Int32Array(to);
  const length = new Int32Array(to);
  const weight = new Float64Array(to * most);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const min = Math.max(0, Math.trunc(center - reach + 0.5));
    const max = Math.min(from, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let x = min; x < max; x++) {
      const w = Math.max(0, 1 - Math.abs((x - center + 0.5) / reach));
      weight[i * most + x - min] = w;
      sum += w;
    }
    if (sum !== 0) for (let k = 0; k < max - min; k++) weight[i * most + k] /= sum;
    start[i] = min;
    length[i] = max - min;
  }
  return { start, length, weight, most };
}

/** One pass along an axis: `step` elements between neighbours on it, `lines` starts of lines given by `lineAt`. */
function pass(
  input: Uint8Array | Float32Array,
  output: Uint8Array | Float32Array,
  w: Weights,
  lines: { count: number; inputAt: (line: number) => number; outputAt: (line: number) => number },
  step: number,
): void {
  const fixed = input instanceof Uint8Array;
  const unit = 2 ** PRECISION_BITS;
  const weight = fixed ? w.weight.map((v) => Math.trunc(v * unit + 0.5)) : w.weight;
  for (let line = 0; line < lines.count; line++) {
    const from = lines.inputAt(line);
    const to = lines.outputAt(line);
    for (let i = 0; i < w.start.length; i++) {
      let sum = fixed ? unit / 2 : 0;
      const at = from + w.start[i] * step;
      for (let k = 0; k < w.length[i]; k++) sum += input[at + k * step] * weight[i * w.most + k];
      // Weights are not negative and sum to one, so the result needs no clamping but for rounding in the last bit.
      output[to + i * step] = fixed ? Math.min(255, Math.floor(sum / unit)) : sum;
    }
  }
}

function like(image: AnyPixels, width: number, height: number): AnyPixels {
  const size = width * height * image.channels;
  const data = image.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  return { width, height, channels: image.channels, data };
}

/** Bilinear with antialiasing. Bytes equal Pillow's `resize(size, BILINEAR)`; floats its mode F within float32 rounding. */
export function resizeBilinear(image: AnyPixels, width: number, height: number): AnyPixels {
  const c = image.channels;
  let current = image;
  if (width !== current.width) {
    const next = like(current, width, current.height);
    const { data, width: w } = current;
    const count = current.height * c;
    // A line is one channel of one row.
    const at = (span: number) => (line: number) => Math.floor(line / c) * span * c + (line % c);
    pass(data, next.data, triangle(w, width), { count, inputAt: at(w), outputAt: at(width) }, c);
    current = next;
  }
  if (height !== current.height) {
    const next = like(current, width, height);
    const at = (line: number) => line;
    const weights = triangle(current.height, height);
    pass(current.data, next.data, weights, { count: width * c, inputAt: at, outputAt: at }, width * c);
    current = next;
  }
  return current;
}

/** The nearest pixel by centres, as Pillow's `resize(size, NEAREST)`. */
export function resizeNearest(image: AnyPixels, width: number, height: number): AnyPixels {
  const out = like(image, width, height);
  const c = image.channels;
  for (let y = 0, to = 0; y < height; y++) {
    const row = Math.min(image.height - 1, Math.floor((y + 0.5) * (image.height / height))) * image.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.min(image.width - 1, Math.floor((x + 0.5) * (image.width / width)))) * c;
      for (let k = 0; k < c; k++) out.data[to++] = image.data[from + k];
    }
  }
  return out;
}

/** The window of `width`×`height` whose top left corner is at (left, top); what lies outside the image is `fill`. */
export function cropWindow(
  image: AnyPixels,
  left: number,
  top: number,
  width: number,
  height: number,
  fill: number,
): AnyPixels {
  const out = like(image, width, height);
  out.data.fill(fill);
  const x0 = Math.max(0, left);
  const x1 = Math.min(image.width, left + width);
  for (let y = Math.max(0, top); y < Math.min(image.height, top + height) && x1 > x0; y++) {
    const from = (y * image.width + x0) * image.channels;
    const row = image.data.subarray(from, from + (x1 - x0) * image.channels);
    out.data.set(row, ((y - top) * width + x0 - left) * image.channels);
  }
  return out;
}
