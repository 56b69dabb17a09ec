import type { PareErrorData } from '../src/base/errors.ts';
import type { Progress } from '../src/base/progress.ts';
import type { Preview as SamplePreview } from '../src/datasets/preview.ts';
import type { Preprocess } from '../src/datasets/types.ts';
import type { JudgeReport } from '../src/judge/types.ts';
import type { Sketch } from '../src/kernels/sketch.ts';
import type { Spectrum } from '../src/methods/factorize/spectrum.ts';
import type { Device, Finding } from '../src/methods/ort/preflight.ts';
import type { LatencyPoint } from '../src/methods/prune-channels/latency.ts';
import type { ChannelPlan } from '../src/methods/prune-channels/plan.ts';
import type { ActivationFacts, CurvePoint, ModelReference, StepNote, TensorReport } from '../src/methods/types.ts';
import type { ModelInfo } from '../src/onnx/info.ts';
import type { InnerValue } from '../src/onnx/values.ts';
import type { ModelCosts } from '../src/recipe/costs.ts';
import type { Layer } from '../src/recipe/layers.ts';
import type { Recipe } from '../src/recipe/schema.ts';
import type { Backend } from '../src/runtime/types.ts';

/**
 * Every message between the page and its workers, typed once. Calls are Comlink's; callbacks are given as
 * `Comlink.proxy`. Errors cross as PareError by a transfer handler. A `task` is a number the page makes: `cancel(task)`
 * stops the call that carries it between tensors or batches.
 */

/** A dropped file with the path it had in its folder; `name` is the path's last part. */
export interface NamedFile {
  path: string;
  blob: Blob;
}

/** What opening a model gives at once; sketches follow. */
export interface OpenedModel {
  info: ModelInfo;
  layers: Layer[];
}

/** A model that a step of the recipe asks for beside the one that is open. */
export interface OtherModel {
  /** What the recipe calls it. */
  reference: ModelReference;
  info: ModelInfo;
  costs: ModelCosts;
}

/** What can go at a step that prunes channels. */
export interface RankedChannels {
  plan: ChannelPlan;
  /** Of every channel its group in the plan, from the least important channel to the most. */
  order: Int32Array;
}

/** What a step's calibration found. */
export interface CalibratedStep {
  step: number;
  activations: readonly ActivationFacts[];
}

export interface CompressResult {
  /** The compressed model. Backed by the origin's private file system where there is one, not by memory. */
  file: File;
  /** Its external data, when it has any. */
  external?: File;
  bytes: number;
  info: ModelInfo;
  reports: TensorReport[];
  notes: StepNote[];
  /** What running it costs. */
  costs: ModelCosts;
  /** Wall time, in ms. */
  took: number;
}

/**
 * Compresses, which for some steps means to calibrate or to learn: whole models run here too, and their memory comes back when
 * the worker is terminated. Nothing in it is the only copy: learning's state is in the session's folder.
 */
export interface EngineWorker {
  /**
   * Opens the model among the files, with its external data.
   * @param session the folder of the private file system that outputs go to; '' keeps them in memory
   * @throws PareError `model/…`
   */
  open(files: readonly NamedFile[], session: string, task: number): Promise<OpenedModel>;
  /**
   * Sketches every float tensor in file order; the results come in batches, the last of which may arrive after the
   * call has returned. @returns how many there are
   */
  sketch(task: number, onSketches: (batch: [id: string, sketch: Sketch][]) => void): Promise<number>;
  /** What running the open model costs. */
  costs(): Promise<ModelCosts>;
  /**
   * Copies files into the session's folder as one pack (`storage/pack.ts`). False when there is no room or no private
   * file system. The open model is read from its copy from then on.
   */
  keep(
    pack: 'model' | 'data' | `other-${string}`,
    files: readonly NamedFile[],
    session: string,
    task: number,
  ): Promise<boolean>;
  /**
   * Opens a model that steps may ask for, until another model takes the open one's place.
   * @throws PareError `model/…`, and `recipe/not-applicable` for one whose inputs and outputs are not those of the open one
   */
  openOther(files: readonly NamedFile[], task: number): Promise<OtherModel>;
  /**
   * Opens what steps calibrate on and learn from: the training part of the data where it has one. It stays open until other data or
   * another model takes its place.
   * @throws PareError `data/…`
   */
  openData(files: readonly NamedFile[], preprocess: Preprocess): Promise<void>;
  closeData(): void;
  /** Runs one at a time: a second call waits until the first has ended, which `cancel` makes soon. */
  compress(
    recipe: Recipe,
    options: { backend: Backend | 'auto'; external?: boolean },
    task: number,
    onProgress: (p: Progress) => void,
    onReports: (batch: TensorReport[]) => void,
    onCurves: (batch: CurvePoint[]) => void,
    onCalibrated: (found: CalibratedStep) => void,
  ): Promise<CompressResult>;
  /**
   * The channels that a `prune-channels` step can cut and their order. Waits for its turn, as `compress`, where steps before it have yet to run.
   * @throws PareError of the steps before, and `data/missing`
   */
  rankChannels(recipe: Recipe, step: number, task: number): Promise<RankedChannels>;
  /** How latency follows the MACs that such a step leaves, measured here on WASM. As `rankChannels`. */
  channelLatencies(recipe: Recipe, step: number, task: number): Promise<LatencyPoint[]>;
  /**
   * Sketches of what each weight's elements matter to a `prune-weights` step, by the weights' ids, as its first round measures it. As
   * `rankChannels`.
   */
  measureImportance(
    recipe: Recipe,
    step: number,
    task: number,
    onProgress: (p: Progress) => void,
  ): Promise<ReadonlyMap<string, Sketch>>;
  /** The singular values of a weight that a `factorize` step cuts; undefined for one that it leaves alone. As `rankChannels`. */
  spectrum(recipe: Recipe, step: number, id: string, task: number): Promise<Spectrum | undefined>;
  /** The values inside the open model that learning can look at. */
  innerValues(): Promise<InnerValue[]>;
  /**
   * What is worth knowing of a recipe before it runs on `device`: which operators run quantized, what falls back, what to change.
   * @param hasData data is open, though this worker may not have been given it yet
   */
  preflight(recipe: Recipe, device: Device, hasData: boolean, task: number): Promise<Finding[]>;
  /** Ends the learning of a task that compresses, and keeps the best so far. */
  enough(task: number): void;
  cancel(task: number): void;
  /** Lets the model go. */
  close(): void;
}

/** What opening data gives. */
export interface OpenedData {
  name: string;
  kind: string;
  count: number;
  sampleDims: readonly number[] | null;
  labelled: 'labels' | 'targets' | 'none';
  classes?: readonly string[];
  /** Samples of each class, when labelled. */
  classCounts?: number[];
  /** What Pare would do to a sample, and the preset's name if it is one. */
  preprocess: Preprocess;
  preset?: string;
  /** Why the data does not fit the model, when it does not; it stays open, so that another setting may fix it. */
  problem?: PareErrorData;
}

/** A sample as the model will see it, with its class. */
export interface Preview extends SamplePreview {
  label?: string;
}

export interface JudgeOptions {
  backend: Backend | 'auto' | 'both';
  /** At most this many samples, spread evenly over the data; all by default. */
  limit?: number;
  batch?: number;
  /** Timed runs of each model; 0 leaves latency out. */
  latencyRuns: number;
  /** Input for a model without data: seeded random samples. */
  synthetic?: { count: number; seed: number };
}

export interface Backends {
  wasm: { threads: number };
  webgpu: { available: boolean; adapter?: string; reason?: string };
  isolated: boolean;
}

/** Runs whole models. Terminated and made anew when it dies or hangs; nothing in it is the only copy. */
export interface RunWorker {
  backends(): Promise<Backends>;
  /** @param model names the input the data is for */
  openData(files: readonly NamedFile[], model: ModelInfo, preprocess?: Preprocess): Promise<OpenedData>;
  /** Changes how samples become input; checks them against the model again. */
  prepare(preprocess: Preprocess): Promise<OpenedData>;
  preview(indices: readonly number[]): Promise<Preview[]>;
  judge(
    original: readonly NamedFile[],
    compressed: readonly NamedFile[],
    options: JudgeOptions,
    task: number,
    onReport: (r: JudgeReport) => void,
    onProgress: (p: Progress) => void,
  ): Promise<JudgeReport>;
  /** Bytes after gzip, streamed. */
  gzipSize(files: readonly NamedFile[], task: number): Promise<number>;
  closeData(): void;
  cancel(task: number): void;
}
