import { mismatch } from './fail.ts';
import { planGeometry } from './geometry.ts';
import type { InputSpec, Preprocess, RawArray, Resize, Samples } from './types.ts';

export type PresetId = 'unit' | 'signed' | 'imagenet' | 'caffe' | 'cifar10' | 'mnist' | 'pixels' | 'stored';

/** A known way to scale images: (pixel / divisor − mean) / std, with pixels in 0…255. */
export interface Preset {
  readonly id: PresetId;
  /** 3: for colour models only; 1: for gray ones only; `null`: for any. */
  readonly channels: 1 | 3 | null;
  readonly color: 'auto' | 'bgr';
  readonly divisor: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Sources: imagenet from torchvision's transforms for its own weights; caffe from Keras's `preprocess_input(mode="caffe")`; cifar10
 * and mnist are the means and deviations of those training sets, as in PyTorch's examples.
 */
export const PRESETS: readonly Preset[] = [
  { id: 'unit', channels: null, color: 'auto', divisor: 255, mean: [0], std: [1] },
  { id: 'signed', channels: null, color: 'auto', divisor: 127.5, mean: [1], std: [1] },
  { id: 'imagenet', channels: 3, color: 'auto', divisor: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { id: 'caffe', channels: 3, color: 'bgr', divisor: 1, mean: [103.939, 116.779, 123.68], std: [1] },
  {
    id: 'cifar10',
    channels: 3,
    color: 'auto',
    divisor: 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  },
  { id: 'mnist', channels: 1, color: 'auto', divisor: 255, mean: [0.1307], std: [0.3081] },
  { id: 'pixels', channels: null, color: 'auto', divisor: 1, mean: [0], std: [1] },
  { id: 'stored', channels: null, color: 'auto', divisor: 1, mean: [0], std: [1] },
];

/** Presets that fit a model of so many channels. */
export function presetsFor(channels: number): readonly Preset[] {
  return PRESETS.filter((p) => p.channels === null || p.channels === channels);
}

/** How the stored numbers stand: whole pixels, pixels already over 255, or something else, best left alone. */
export type StoredRange = 'pixels' | 'unit' | 'other';

/** The range of up to 32 samples spread over the dataset. */
export async function storedRange(samples: Samples): Promise<StoredRange> {
  if (samples.bytes) return 'pixels';
  const n = Math.min(32, samples.count);
  const batch = await samples.read(Array.from({ length: n }, (_, i) => Math.floor((i * samples.count) / n)));
  if (batch.kind === 'images') return 'pixels';
  const { min, max, whole } = spread(batch.data);
  if (min < 0) return 'other';
  if (max <= 1 && !whole) return 'unit';
  return whole && max > 32 && max <= 255 ? 'pixels' : 'other';
}

function spread(data: RawArray): { min: number; max: number; whole: boolean } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let whole = true;
  for (const v of data) {
    if (v < min) min = v;
    if (v > max) max = v;
    if (!Number.isInteger(v)) whole = false;
  }
  return { min, max, whole };
}

/**
 * The preprocessing of a preset for numbers that stand as `range` says: data already in 0…1 is not divided again. `stored` leaves
 * every number as it is.
 */
export function presetPreprocess(id: PresetId, range: StoredRange, resize: Resize = NO_RESIZE): Preprocess {
  const preset = PRESETS.find((p) => p.id === id)!;
  const scale = id !== 'stored' && range === 'unit' ? 255 / preset.divisor : 1 / preset.divisor;
  return { layout: 'auto', color: preset.color, scale, mean: preset.mean, std: preset.std, resize };
}

const NO_RESIZE: Resize = { mode: 'none', filter: 'bilinear' };

/** Numbers as they are. */
export const STORED: Preprocess = presetPreprocess('stored', 'other');

export interface Suggestion {
  preset: PresetId;
  range: StoredRange;
  preprocess: Preprocess;
}

/**
 * A likely preprocessing, to be looked at in the preview. Tables and numbers that are no pixels stay as stored; integer models take
 * pixels; channels-last colour models are mostly Keras's, which take −1…1; larger colour models mostly ImageNet's; the rest 0…1.
 */
export async function suggestPreprocess(samples: Samples, spec: InputSpec): Promise<Suggestion> {
  const range = await storedRange(samples);
  const images = samples.sampleDims === null;
  const probe: Preprocess = { ...STORED, resize: images ? { ...NO_RESIZE, mode: 'crop' } : NO_RESIZE };
  let image: ReturnType<typeof planGeometry>['image'] = null;
  try {
    image = planGeometry(samples, spec, probe).image;
  } catch {
    // Data that does not fit is for checkAgainstModel to report; there is still a first guess to show.
  }
  const float = spec.dtype === 'float32' || spec.dtype === 'float16' || spec.dtype === 'float64';
  const large = image !== null && image.height >= 128;
  let preset: PresetId = 'unit';
  if (!float) preset = 'pixels';
  else if (range === 'other' || (samples.sampleDims?.length ?? 2) < 2) preset = range === 'pixels' ? 'unit' : 'stored';
  else if (image?.channels === 3 && image.layout === 'NHWC') preset = 'signed';
  else if (image?.channels === 3 && large) preset = 'imagenet';
  if (range === 'other' && !float) preset = 'stored';
  const resize: Resize = !images
    ? NO_RESIZE
    : large
      ? { mode: 'crop', filter: 'bilinear', shortSide: Math.round(Math.min(image!.height, image!.width) / 0.875) }
      : { mode: 'stretch', filter: 'bilinear' };
  return { preset, range, preprocess: presetPreprocess(preset, range, resize) };
}

/** Mean and std for each of `channels`. @throws PareError `data/shape-mismatch` when their number is neither 1 nor that */
export function perChannel(values: readonly number[], channels: number, what: string, where: string): number[] {
  if (values.length === 1) return new Array<number>(channels).fill(values[0]);
  if (values.length !== channels) {
    throw mismatch(
      where,
      `${what} has ${values.length} numbers and the model's input ${channels} channels.`,
      'Give one number, or one for each channel.',
    );
  }
  return [...values];
}
