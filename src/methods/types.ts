import type { GenericSchema } from 'valibot';
import type { TaskContext } from '../base/progress.ts';
import type { Sketch } from '../kernels/sketch.ts';
import type { Kernels } from '../kernels/types.ts';
import type { Model } from '../onnx/model.ts';
import type { Role, Weight } from '../onnx/weights.ts';
import type { Session, SessionOptions, Value } from '../runtime/types.ts';

/** Every technique by its name in recipes. */
export type MethodName =
  | 'simplify'
  | 'prune-weights'
  | 'prune-channels'
  | 'factorize'
  | 'equalize'
  | 'distill'
  | 'quantize-weights'
  | 'quantize-blocks'
  | 'quantize-dynamic'
  | 'quantize-static'
  | 'float16';

/** What became of one tensor in one step. Sent when the tensor has been computed, while the file is being written. */
export interface TensorReport {
  /** The weight's id (`onnx/weights.ts`). */
  id: string;
  step: number;
  /** Bytes in the file, scales and tables included. */
  bytesBefore: number;
  bytesAfter: number;
  /** Of the step's input against its output, in dB: 10·log10(Σx² / Σ(x−x̂)²); Infinity when equal. */
  sqnr: number;
  /** Exact zeros in the output. */
  zeros: number;
  /** Of the output values; it may be bare where nobody draws it. */
  sketch: Sketch;
  /** What it is stored as, for people: `int4 per channel`, `3-bit planes`, `codebook of 16`. */
  encoding: string;
}

/** Something a step decided that people should know: a layer left alone and why, an opset raised. */
export interface StepNote {
  step: number;
  /** A stable word the page translates, with its values: `skipped-nan`, `opset-raised`, … */
  key: string;
  values: Readonly<Record<string, string | number>>;
}

/** Model inputs by name. */
export type Inputs = Readonly<Record<string, Value>>;

/** The user's samples as model inputs, for the methods that calibrate or learn; endless data is never held in memory. */
export interface CalibrationData {
  /** Names the data and how it becomes input: what a step made of it is used again only for the same. */
  readonly id: string;
  /** Samples in all. */
  readonly count: number;
  /** Runs through the samples in order, in batches the model accepts. */
  batches(): AsyncIterable<Inputs>;
  /** Any of the samples at any time, and their labels: what learning asks for. Absent where samples only stream by. */
  readonly samples?: LabelledSamples;
}

export interface LabelledSamples {
  /** The batch that the model fixes; `null` where it is free. */
  readonly batch: number | null;
  /** Class of each sample. */
  readonly labels?: Int32Array<ArrayBuffer>;
  /** What a regression should answer: `targets.length / count` numbers for each sample. */
  readonly targets?: Float32Array<ArrayBuffer>;
  /** The samples at `indices`, in that order; at most `batch` of them, the last repeated to fill a batch that is fixed. */
  read(indices: ArrayLike<number>): Promise<Inputs>;
}

/** One point of learning's curves. */
export interface CurvePoint {
  /** Which step of the recipe learns. */
  recipeStep: number;
  /** What learns: `student`, `teacher`, or a name of the method's own. */
  series: string;
  /** Updates so far, and in all. */
  at: number;
  of: number;
  /** Mean training loss since the last point. */
  loss?: number;
  /** On the part of the data held out: top-1 as a share where there are labels, else agreement with the teacher. */
  held?: number;
  /** The held-out figure of the teacher, which does not move. */
  teacher?: number;
}

/** What calibrating found in an activation, and what it is quantized to. Structured-cloneable. */
export interface ActivationFacts {
  readonly name: string;
  /** The operator that makes it; '' for an input of the model. */
  readonly op: string;
  /** Operators that take it. */
  readonly readers: readonly string[];
  /** Extremes over the data. */
  readonly min: number;
  readonly max: number;
  /** Counts of its values from min to max, `edges` one more than `counts`, and how many values are exactly 0. */
  readonly histogram: { readonly edges: Float32Array<ArrayBuffer>; readonly counts: Float64Array<ArrayBuffer> };
  readonly zeros: number;
  /** Where it is clipped unless the recipe says otherwise by hand. */
  readonly range: readonly [low: number, high: number];
  /** Of the integers, as recipes call it: `QUInt8`. */
  readonly type: string;
  readonly bits: number;
  readonly symmetric: boolean;
  /** The recipe gives its scale and zero point, so that no range matters. */
  readonly fixed: boolean;
}

/** A file that a recipe asks for beside the model it is run on. */
export interface ModelReference {
  /** For people. */
  readonly name: string;
  /** In hexadecimal digits: of its bytes, and those of its external data behind them (`recipe/otherModels.ts`). */
  readonly sha256: string;
}

/** Where learning keeps what it would lose otherwise, by key. A key names all that decided the contents. */
export interface Checkpoints {
  get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  put(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface MethodContext extends TaskContext {
  /** Seed of this step. */
  seed: number;
  step: number;
  /** The sketch of a weight of the step's input model: from the cache when it is untouched, else computed. */
  sketch(weight: Weight): Promise<Sketch>;
  /** The same where it is there already, and nothing has to be read for it. */
  knownSketch?(weight: Weight): Promise<Sketch> | undefined;
  /** The arithmetic over whole tensors, by the engine that was chosen or measured fastest. */
  kernels: Kernels;
  data?: CalibrationData;
  /** The model before any step: the teacher. */
  original: Model;
  /** What each step up to this one was given, the original first: where the floats are that one of them rounded. */
  earlier?: readonly Model[];
  /** Another model, by what the recipe calls it; undefined when it was not opened. Absent where none can be. */
  models?(reference: ModelReference): Promise<Model | undefined>;
  /** Absent where nothing can be kept. */
  checkpoints?: Checkpoints;
  /** Fires when learning should stop and keep the best so far. */
  enough?: AbortSignal;
  /** Shows a point of learning's curves while it runs. */
  curve?(point: CurvePoint): void;
  /** Takes what calibrating found, for a page that draws it. Where it is absent no histogram is counted for it. */
  calibrated?(found: { step: number; activations: readonly ActivationFacts[] }): void;
  /** Loads a model to run it. Given to methods that need to; the rest never ask. */
  openSession(model: Model, options?: SessionOptions): Promise<Session>;
  report(report: TensorReport): void;
  /** What becomes of reports: `full` ones are drawn, of `bare` ones only the numbers are read, and of `none` nothing. Full when absent. */
  reportDetail?: 'full' | 'bare' | 'none';
  note(note: StepNote): void;
}

/** What a forecast knows of one weight, on the page as in the engine. Structured-cloneable. */
export interface LayerFacts {
  id: string;
  name: string;
  role: Role;
  dims: readonly number[];
  dtype: string;
  bytes: number;
  channelAxis?: number;
  /** Where the numbers are; an initializer when absent. */
  place?: Weight['place'];
  /** The nodes that take it. */
  uses?: Weight['uses'];
  /** Default opset of the model, which decides what an encoding may use; 17 when absent. */
  opset?: number;
  /** Absent for tensors that are not float. */
  sketch?: Sketch;
  /**
   * Of what its elements matter, by the importance that was measured on the model that the step in question is given
   * (`prune-weights/importance`). Where it was measured, a layer that it could not be measured of has none under its name.
   */
  scores?: Readonly<Record<string, Sketch>>;
}

/** How a value of a layer is changed by the steps so far, in a form cheap enough to evaluate per bin and per frame. */
export interface LayerPlan {
  readonly facts: LayerFacts;
  /** Values with |x| below it become zero. */
  threshold?: number;
  /** Of each m neighbours the n largest are kept: what no threshold can say. */
  pattern?: { readonly n: number; readonly m: number };
  /**
   * Which values change no sketch of them tells, so that the error is unknown. `zeros` of them will be zero, NaN when that is not known
   * either; where they are `shared`, only the sum over the layers is, and this is the layer's part by its size.
   */
  lost?: { readonly zeros: number; readonly shared?: boolean };
  /** Other tensors take its place: nothing that a later step does to them can be foretold. */
  remade?: boolean;
  quantizer?: Quantizer;
  /** Bytes in the file after the steps so far. */
  bytes: number;
  /** What else the steps add for it: nodes and names. */
  overhead?: number;
  encoding: string;
}

/** A quantizer as a function of value: uniform levels, as many levels as fit best, or float16. */
export type Quantizer =
  | {
      kind: 'affine';
      bits: number;
      /** For a range as wide as the sketch's. Levels are (q − zeroPoint) · scale + offset. */
      scale: number;
      zeroPoint: number;
      offset: number;
      qmin: number;
      qmax: number;
      /** Share of the range that the levels cover: below 1 the ends are clipped. */
      clip: number;
      /** One bit, ±mean |x| of each group, whatever the scale. */
      sign: boolean;
      /** Steps from each group's own minimum up, which is the offset: zero is no level. */
      stepped: boolean;
      /** Per channel by the ranges of the sketch, per block by what they are likely to be. */
      granularity: 'tensor' | 'channel' | 'block';
      block: number;
    }
  | { kind: 'codebook'; levels: number; granularity: 'tensor' | 'channel' }
  | { kind: 'float16' };

/** What page and engine alike know of a technique. */
export interface MethodSpec<Options> {
  readonly name: MethodName;
  /** A strict valibot object with every default filled in, `method` included. */
  readonly schema: GenericSchema<unknown, Options>;
  /** The effect on the plans, without touching a weight. Absent where no honest forecast exists. */
  forecast?(plans: LayerPlan[], options: Options): LayerPlan[];
  /** Whether these options have an honest forecast, where not all do. */
  isForeseen?(options: Options): boolean;
}

/**
 * One compression technique. `apply` must not read a weight until its payload is read, wherever that is possible, so
 * that the pipeline streams (`onnx/payload.ts`).
 */
export interface Method<Options> extends MethodSpec<Options> {
  apply(model: Model, options: Options, ctx: MethodContext): Promise<Model>;
}
