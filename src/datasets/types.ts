/** The plain words of the datasets room: what a dataset is, what a model asks for, and how one becomes the other. */

/** Element types of model inputs, by ONNX Runtime's own names. */
export type TensorType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'bool';

/** What a model's input asks for. `null` in `dims` is free; the first dimension is the batch. */
export interface InputSpec {
  name: string;
  dtype: TensorType;
  dims: readonly (number | null)[];
}

/** Raw numbers as stored. float16 is widened to float32; 64-bit integers are held as exact doubles. */
export type RawArray =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>;

/** A decoded image: RGBA, 8 bits a channel, rows top to bottom, alpha not premultiplied. */
export interface DecodedImage {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** Turns the bytes of one image file into pixels. @throws when the bytes are no image it knows */
export type ImageDecoder = (bytes: Uint8Array<ArrayBuffer>, mime: string) => Promise<DecodedImage>;

/** Samples as stored: one array of equal samples, or images that each have their own size. */
export type RawBatch =
  | { kind: 'array'; dims: readonly number[]; data: RawArray }
  | { kind: 'images'; images: readonly DecodedImage[] };

/** Something raw samples are read from: a dataset, or one named input of a dataset for a model with several. */
export interface Samples {
  readonly name: string;
  readonly count: number;
  /** Dims of one raw sample, such as [1,28,28], [28,28] or [4]; `null` for images, which each have their own size. */
  readonly sampleDims: readonly number[] | null;
  /** Whether the stored numbers are whole bytes, that is pixels in 0…255. */
  readonly bytes: boolean;
  /** The raw samples at `indices`, in that order. @throws PareError `data/unreadable` */
  read(indices: ArrayLike<number>): Promise<RawBatch>;
}

export interface Dataset extends Samples {
  readonly kind: 'npz' | 'idx' | 'csv' | 'images' | 'random';
  /** Class of each sample. */
  readonly labels?: Int32Array<ArrayBuffer>;
  /** What a regression should answer: `targets.length / count` numbers for each sample. */
  readonly targets?: Float32Array<ArrayBuffer>;
  /** Class names; a label indexes them. */
  readonly classes?: readonly string[];
  /** For a model with several inputs: the samples of each, by input name. */
  readonly inputs?: Readonly<Record<string, Samples>>;
}

export interface Resize {
  /**
   * `none`: the size must fit already. `stretch`: to the model's size, proportions not kept. `crop`: the short side to
   * `shortSide`, then the centre. `pad`: the whole picture, centred, with bands of `fill`.
   */
  mode: 'none' | 'stretch' | 'crop' | 'pad';
  /** `bilinear` with antialiasing as in Pillow and torchvision, or `nearest`. */
  filter: 'bilinear' | 'nearest';
  /** `crop` only. Without it the short side becomes just large enough to cover the model's size. */
  shortSide?: number;
  /** `pad` only: the raw value of the bands, 0 without it. */
  fill?: number;
  /** [height, width] where the model leaves them free. */
  size?: readonly [number, number];
}

/** From raw numbers to a model's: (raw · scale − mean) / std, channel by channel in the model's order. */
export interface Preprocess {
  layout: 'auto' | 'NCHW' | 'NHWC';
  /** `auto`: images follow the model's channel count (1 gray, 3 rgb); arrays keep their channels. */
  color: 'auto' | 'rgb' | 'bgr' | 'gray';
  scale: number;
  /** One number, or one for each channel. */
  mean: readonly number[];
  std: readonly number[];
  resize: Resize;
}

/** A tensor ready for the model, in the dtype the model asks for. float16 is carried as its bits. */
export type TensorData = RawArray | BigInt64Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>;

export interface Batch {
  data: TensorData;
  dtype: TensorType;
  dims: readonly number[];
  /** How many of the leading rows are real. The rest repeat the last one to fill a fixed batch dimension. */
  rows: number;
}
