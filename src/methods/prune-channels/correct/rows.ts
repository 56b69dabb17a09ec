import type { Random } from '../../../base/random.ts';
import type { Value } from '../../../runtime/types.ts';
import type { Moments } from './moments.ts';
import type { Taker } from './taker.ts';

/**
 * Adds some rows of a batch to a layer's moments: what it is given in the cut model, and what it gave in the one before.
 * @param wanted how many rows; all when there are no more
 */
export function addRows(taker: Taker, moments: Moments, x: Value, y: Value, wanted: number, random: Random): void {
  const [given, should] = [x.data as Float32Array, y.data as Float32Array];
  const { window, inputs, kept } = taker;
  const total = window ? y.dims[0] * y.dims.slice(2).reduce((a, b) => a * b, 1) : should.length / y.dims.at(-1)!;
  const all = total <= wanted;
  for (let n = 0; n < Math.min(wanted, total); n++) {
    const row = all ? n : random.int(total);
    if (window) addPatch(taker, moments, x, y, row);
    else {
      const from = row * inputs;
      const to = row * y.dims.at(-1)!;
      moments.add(
        (i) => (i < inputs ? given[from + i] : 1),
        (o) => should[to + kept[o]],
      );
    }
  }
}

/** What a convolution sees at one place of its output. */
function addPatch({ window, inputs, kept }: Taker, moments: Moments, x: Value, y: Value, row: number): void {
  const { kernel, strides, pads, dilations } = window!;
  const [given, should] = [x.data as Float32Array, y.data as Float32Array];
  const size = (dims: readonly number[]) => (dims.length === 4 ? [dims[2], dims[3]] : [1, dims[2]]);
  const [height, width] = size(x.dims);
  const [rows, columns] = size(y.dims);
  const plane = rows * columns;
  const [image, place] = [Math.floor(row / plane), row % plane];
  const top = Math.floor(place / columns) * strides[0] - pads[0];
  const left = (place % columns) * strides[1] - pads[1];
  const [kh, kw] = kernel;
  const first = image * x.dims[1] * height * width;
  const out = image * y.dims[1] * plane + place;
  moments.add(
    (i) => {
      if (i >= inputs) return 1;
      const k = i % (kh * kw);
      const r = top + Math.floor(k / kw) * dilations[0];
      const c = left + (k % kw) * dilations[1];
      if (r < 0 || c < 0 || r >= height || c >= width) return 0;
      return given[first + (Math.floor(i / (kh * kw)) * height + r) * width + c];
    },
    (o) => should[out + kept[o] * plane],
  );
}
