import { mismatch, showDims } from './fail.ts';
import { RESIZE_HINT } from './fit.ts';
import { product } from './stored.ts';
import type { InputSpec, Preprocess, Samples } from './types.ts';

/** How a sample becomes a row of the model's input. */
export interface Geometry {
  /** The batch dimension where the model fixes it, else `null`. */
  batch: number | null;
  /** Dims of one row, without the batch. */
  dims: readonly number[];
  /** Whether the model has no batch dimension at all: one sample is the whole input. */
  batchless: boolean;
  /** How pixels go where; `null` where numbers are copied in order. */
  image: ImageGeometry | null;
}

export interface ImageGeometry {
  layout: 'NCHW' | 'NHWC';
  channels: number;
  height: number;
  width: number;
  /** How the stored sample is laid out; `null` for image files. */
  source: { order: 'NCHW' | 'NHWC'; channels: number; height: number; width: number } | null;
}

type Free = number | null;

const isColor = (d: Free) => d === 1 || d === 3;

/**
 * Reads layout, size and channels from the model's dims and the data's.
 * @throws PareError `data/shape-mismatch`, saying both shapes
 */
export function planGeometry(samples: Samples, spec: InputSpec, preprocess: Preprocess): Geometry {
  const { sampleDims } = samples;
  const batch = spec.dims.length > 0 ? spec.dims[0] : 1;
  const row = spec.dims.slice(1);
  const fail = (hint?: string) =>
    mismatch(
      samples.name,
      sampleDims
        ? `one sample is ${showDims(sampleDims)}, and the model's input ${spec.name} takes ${showDims(spec.dims)} (batch first).`
        : `images do not fit the model's input ${spec.name} of ${showDims(spec.dims)}.`,
      hint ?? 'Choose data that was made for this model, or another layout.',
    );
  if (!sampleDims) {
    const image = imageOfModel(row, preprocess);
    if (!image) throw fail('Images need an input of N×C×H×W, N×H×W×C, N×H×W, or a flattened square.');
    const dims =
      row.length === 3 ? rowDims(image) : row.length === 2 ? [image.height, image.width] : [image.height * image.width];
    return { batch, dims, batchless: false, image };
  }
  if (row.length === 3) {
    const image = imageOfArray(row, squeezeTo3(sampleDims), preprocess);
    if (image === 'size') throw fail(RESIZE_HINT);
    if (image) return { batch, dims: rowDims(image), batchless: false, image };
  }
  const dims = matchPlain(row, sampleDims);
  if (dims) return { batch, dims, batchless: false, image: null };
  const whole = spec.dims.length === sampleDims.length ? matchPlain(spec.dims, sampleDims) : undefined;
  if (whole) return { batch: 1, dims: whole, batchless: true, image: null };
  throw fail();
}

function rowDims(image: ImageGeometry): number[] {
  const { layout, channels: c, height: h, width: w } = image;
  return layout === 'NCHW' ? [c, h, w] : [h, w, c];
}

/** Where channels are: as told, else at the end that has 1 or 3 of them, else as the data has them, else first. */
function layoutOf(row: readonly Free[], preprocess: Preprocess, data?: readonly number[]): 'NCHW' | 'NHWC' {
  if (preprocess.layout !== 'auto') return preprocess.layout;
  const first = isColor(row[0]);
  const last = isColor(row[2]);
  if (first !== last) return first ? 'NCHW' : 'NHWC';
  if (data?.length === 3 && !data.every((d, i) => row[i] === null || row[i] === d)) {
    const turned = [data[2], data[0], data[1]];
    if (turned.every((d, i) => row[i] === null || row[i] === d)) return 'NCHW';
  }
  if (data?.length === 3 && isColor(data[2]) && !isColor(data[0]) && (row[2] === null || row[2] === data[2]))
    return 'NHWC';
  return 'NCHW';
}

function imageOfModel(row: readonly Free[], preprocess: Preprocess): ImageGeometry | undefined {
  const [freeH, freeW] = preprocess.resize.size ?? [224, 224];
  if (row.length === 3) {
    const layout = layoutOf(row, preprocess);
    const [c, h, w] = layout === 'NCHW' ? row : [row[2], row[0], row[1]];
    const channels = preprocess.color === 'auto' ? (c ?? 3) : preprocess.color === 'gray' ? 1 : 3;
    if ((c !== null && c !== channels) || !isColor(channels)) return undefined;
    return { layout, channels, height: h ?? freeH, width: w ?? freeW, source: null };
  }
  if (preprocess.color === 'rgb' || preprocess.color === 'bgr') return undefined;
  if (row.length === 2) {
    return { layout: 'NCHW', channels: 1, height: row[0] ?? freeH, width: row[1] ?? freeW, source: null };
  }
  const side = row.length === 1 && row[0] !== null ? Math.sqrt(row[0]) : Number.NaN;
  if (!Number.isInteger(side)) return undefined;
  return { layout: 'NCHW', channels: 1, height: side, width: side, source: null };
}

function squeezeTo3(dims: readonly number[]): readonly number[] {
  let d = dims;
  while (d.length > 3 && d[0] === 1) d = d.slice(1);
  return d;
}

/** `size` when only height and width differ and no resizing was asked for; undefined when it is no image of this model. */
function imageOfArray(
  row: readonly Free[],
  data: readonly number[],
  preprocess: Preprocess,
): ImageGeometry | 'size' | undefined {
  const layout = layoutOf(row, preprocess, data);
  const [c, h, w] = layout === 'NCHW' ? row : [row[2], row[0], row[1]];
  const source = sourceOf(data, { layout, c, h, w });
  if (!source) return undefined;
  const { color, resize } = preprocess;
  if (color !== 'auto' && source.channels !== 1 && source.channels !== 3 && source.channels !== 4) return undefined;
  const channels = color === 'auto' ? source.channels : color === 'gray' ? 1 : 3;
  if (c !== null && c !== channels) return undefined;
  const height = h ?? (resize.mode === 'none' ? source.height : (resize.size?.[0] ?? source.height));
  const width = w ?? (resize.mode === 'none' ? source.width : (resize.size?.[1] ?? source.width));
  if (resize.mode === 'none' && (height !== source.height || width !== source.width)) return 'size';
  return { layout, channels, height, width, source };
}

function sourceOf(
  data: readonly number[],
  model: { layout: 'NCHW' | 'NHWC'; c: Free; h: Free; w: Free },
): ImageGeometry['source'] | undefined {
  const { layout, c, h, w } = model;
  if (data.length === 2) return { order: 'NCHW', channels: 1, height: data[0], width: data[1] };
  if (data.length === 1) {
    // A flattened image, which is taken to be in the model's own order.
    if (c === null || h === null || w === null || c * h * w !== data[0]) return undefined;
    return { order: layout, channels: c, height: h, width: w };
  }
  if (data.length !== 3) return undefined;
  const first = { order: 'NCHW' as const, channels: data[0], height: data[1], width: data[2] };
  const last = { order: 'NHWC' as const, channels: data[2], height: data[0], width: data[1] };
  const fits = (s: { channels: number; height: number; width: number }) =>
    (c === null || c === s.channels) && (h === null || h === s.height) && (w === null || w === s.width);
  if (fits(first) !== fits(last)) return fits(first) ? first : last;
  const small = (d: number) => d === 1 || d === 3 || d === 4;
  if (small(data[0]) !== small(data[2])) return small(data[0]) ? first : last;
  return layout === 'NCHW' ? first : last;
}

/**
 * The row's dims with free ones filled from the data: when they agree but for ones, or when one of the two is flat. 14×56 is not 28×28,
 * though both are 784 numbers.
 */
function matchPlain(row: readonly Free[], data: readonly number[]): number[] | undefined {
  const fits = (a: readonly Free[], b: readonly number[]) =>
    a.length === b.length && a.every((d, i) => d === null || d === b[i]);
  if (fits(row, data)) return [...data];
  const more = <T extends Free>(dims: readonly T[]) => dims.filter((d) => d !== 1);
  if (more(row).length > 1 && more(data).length > 1 && !fits(more(row), more(data))) return undefined;
  const free = row.filter((d) => d === null).length;
  const known = product(row.map((d) => d ?? 1));
  const total = product(data);
  if (free === 0) return known === total ? (row as number[]).slice() : undefined;
  if (free === 1 && known > 0 && total % known === 0) return row.map((d) => d ?? total / known);
  return undefined;
}
