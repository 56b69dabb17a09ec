import { Random } from '../../base/random.ts';
import type { Value } from '../../runtime/types.ts';
import type { Augment } from './options.ts';

/** An image batch's dims by name. */
interface Layout {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Elements from a channel, a row and a column to the next. */
  readonly steps: readonly [channel: number, row: number, column: number];
}

/** Batches of 4 dimensions are images; those whose last is a number of colours, and the second none, have channels last. */
export function layoutOf(dims: readonly number[]): Layout | undefined {
  if (dims.length !== 4) return undefined;
  const [, a, b, c] = dims;
  const colours = (n: number) => n === 1 || n === 3 || n === 4;
  return colours(c) && !colours(a)
    ? { channels: c, height: a, width: b, steps: [1, b * c, c] }
    : { channels: a, height: b, width: c, steps: [b * c, c, 1] };
}

/** Whether images are moved at all. */
const isMoved = (o: Augment): boolean => o.shift > 0 || o.flip || o.crop > 0;

export const isAugmented = (o: Augment): boolean => isMoved(o) || o.mix;

/**
 * Moves, mirrors and crops the images of a float32 batch, each by its own draw; anything else is given back as it is. Where a pixel
 * falls between others it is interpolated linearly, and beyond the edge the edge goes on, which suits any preprocessing.
 * @param seed of this batch
 */
export function augmentImages(value: Value, o: Augment, seed: number): Value {
  const layout = layoutOf(value.dims);
  if (!layout || value.dtype !== 'float32' || !isMoved(o)) return value;
  const random = new Random(seed);
  const from = value.data as Float32Array;
  const to = new Float32Array(from.length);
  const size = from.length / value.dims[0];
  for (let i = 0; i < value.dims[0]; i++) {
    const axis = (length: number, mirrored: boolean) => {
      const moved = o.shift ? random.int(2 * o.shift + 1) - o.shift : 0;
      const kept = 1 - o.crop * random.next();
      const first = (1 - kept) * (length - 1) * random.next() + moved;
      return positions(length, first, kept, mirrored);
    };
    const mirrored = o.flip && random.next() < 0.5;
    const rows = axis(layout.height, false);
    const columns = axis(layout.width, mirrored);
    sample(from.subarray(i * size, (i + 1) * size), to.subarray(i * size, (i + 1) * size), layout, rows, columns);
  }
  return { ...value, data: to };
}

/** Where each pixel along an axis is taken from: the pixel before, the one after, and the share of the latter. */
interface Positions {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly share: Float32Array;
}

function positions(length: number, first: number, kept: number, mirrored: boolean): Positions {
  const low = new Uint32Array(length);
  const high = new Uint32Array(length);
  const share = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    const at = Math.min(length - 1, Math.max(0, first + (mirrored ? length - 1 - i : i) * kept));
    low[i] = Math.floor(at);
    high[i] = Math.min(length - 1, low[i] + 1);
    share[i] = at - low[i];
  }
  return { low, high, share };
}

function sample(from: Float32Array, to: Float32Array, l: Layout, rows: Positions, columns: Positions): void {
  const [channel, row, column] = l.steps;
  for (let c = 0; c < l.channels; c++) {
    for (let y = 0; y < l.height; y++) {
      const above = c * channel + rows.low[y] * row;
      const below = c * channel + rows.high[y] * row;
      const v = rows.share[y];
      for (let x = 0; x < l.width; x++) {
        const left = columns.low[x] * column;
        const right = columns.high[x] * column;
        const u = columns.share[x];
        const top = from[above + left] * (1 - u) + from[above + right] * u;
        const bottom = from[below + left] * (1 - u) + from[below + right] * u;
        to[c * channel + y * row + x * column] = top * (1 - v) + bottom * v;
      }
    }
  }
}

/**
 * Blends each sample of a batch with its neighbour: λ·x + (1 − λ)·y, λ uniform and the same for all inputs of a sample.
 * @param seed of this batch
 */
export function blend(inputs: Readonly<Record<string, Value>>, seed: number): Record<string, Value> {
  const out: Record<string, Value> = {};
  for (const [name, value] of Object.entries(inputs)) {
    out[name] = value;
    const rows = value.dims[0];
    if (value.dtype !== 'float32' || value.dims.length < 2 || rows < 2) continue;
    const random = new Random(seed);
    const from = value.data as Float32Array;
    const to = new Float32Array(from.length);
    const size = from.length / rows;
    for (let i = 0; i < rows; i++) {
      const share = random.next();
      const [mine, other] = [i * size, ((i + 1) % rows) * size];
      for (let k = 0; k < size; k++) to[mine + k] = share * from[mine + k] + (1 - share) * from[other + k];
    }
    out[name] = { ...value, data: to };
  }
  return out;
}
