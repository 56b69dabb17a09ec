import type {
  Backends,
  CompressResult,
  NamedFile,
  OpenedData,
  OtherModel,
  RankedChannels,
} from '../../../workers/contract.ts';
import type { PareErrorData } from '../../base/errors.ts';
import type { Progress } from '../../base/progress.ts';
import type { Preprocess } from '../../datasets/types.ts';
import type { JudgeReport } from '../../judge/types.ts';
import type { Sketch } from '../../kernels/sketch.ts';
import type { Spectrum } from '../../methods/factorize/spectrum.ts';
import type { Finding } from '../../methods/ort/preflight.ts';
import type { LatencyPoint } from '../../methods/prune-channels/latency.ts';
import type { ActivationFacts, CurvePoint, ModelReference, TensorReport } from '../../methods/types.ts';
import type { ModelInfo } from '../../onnx/info.ts';
import type { InnerValue } from '../../onnx/values.ts';
import type { ModelCosts } from '../../recipe/costs.ts';
import type { Layer } from '../../recipe/layers.ts';
import type { Recipe, Step } from '../../recipe/schema.ts';
import type { Backend } from '../../runtime/types.ts';

/** A long task as the page sees it. */
export interface Running {
  task: number;
  progress?: Progress;
  startedAt: number;
  /** When the phase that it is in began: what is left of it is told from there. */
  phaseAt?: number;
  /** It has drawn a point of its curves, so that it can be told that it is enough. */
  learns?: boolean;
}

/** A failure, beside what it is about. */
export interface Fault {
  about: 'open' | 'recipe' | 'compress' | 'data' | 'judge' | 'storage';
  error: PareErrorData;
}

export interface SampleCard {
  id: string;
  model: string;
  title: { en: string; zh: string };
  recognises: { en: string; zh: string };
  bytes: number;
  weights: number;
  accuracy: number;
  /** False when the model has seen the samples that its accuracy is of. */
  heldOut: boolean;
  note?: { en: string; zh: string };
  data: { test: SampleData; train?: SampleData };
}

/** A model that a step asks for beside the open one. */
export interface OtherFile extends OtherModel {
  files: NamedFile[];
  /** Whether a reload finds it again: not yet known while it is being copied. */
  kept?: boolean;
}

interface SampleData {
  images: string;
  labels: string;
  count: number;
}

/** Everything that can be undone lives here and nowhere else. */
export interface Settings {
  language: 'en' | 'zh';
  theme: 'system' | 'light' | 'dark';
  backend: Backend | 'auto' | 'both';
  /** Compress and judge by themselves once the recipe rests; on by default for models under 32 MB. */
  live: boolean;
  /** Weights go to a file of their own, whatever the original had. */
  external: boolean;
  judgeLimit: number | null;
  latencyRuns: number;
}

export interface StudioState {
  phase: 'start' | 'opening' | 'open';
  opening?: Running & { name: string };
  model?: { info: ModelInfo; layers: Layer[]; files: NamedFile[] };
  /** What running the model costs, once it has been counted. */
  costs?: ModelCosts;
  /** Whether a reload finds the model again: not yet known while it is being copied. */
  kept?: boolean;
  /** Layers sketched so far; equal to `toSketch` when done. */
  sketched: number;
  toSketch: number;
  /** The picked layer's id; undefined means the whole model. */
  selected?: string;

  recipe: Recipe;
  past: Recipe[];
  future: Recipe[];

  compressing?: Running;
  /** The recipe whose run was cancelled, failed, or was cut off by a reload: it goes on when asked. */
  paused?: Recipe;
  /** Reports of the run in progress or of the last one, by layer. */
  reports: ReadonlyMap<string, TensorReport[]>;
  /** Points of learning's curves: of the run in progress or of the last one that learned, in order of arrival. */
  curves: readonly CurvePoint[];
  /** What is worth knowing of `findingsOf` before it runs. */
  findings: readonly Finding[];
  findingsOf?: Recipe;
  /** Activations of the steps that calibrated, by step: of the run in progress or of the last one. */
  activations: ReadonlyMap<number, readonly ActivationFacts[]>;
  result?: CompressResult;
  /** The recipe that `result` is of; when it differs from `recipe`, numbers on the page are forecasts. */
  resultOf?: Recipe;

  /** By their SHA-256, which is what a recipe knows of them. */
  others: ReadonlyMap<string, OtherFile>;

  openingData?: Running;
  data?: OpenedData & { files: NamedFile[] };
  judging?: Running;
  report?: JudgeReport;
  reportOf?: Recipe;
  sizes?: { originalGzip?: number; compressedGzip?: number };

  backends?: Backends;
  settings: Settings;
  faults: Fault[];
  samples?: SampleCard[];
}

/** What the page can ask for. Nothing else changes the state. */
export interface StudioActions {
  loadSamples(): Promise<void>;
  /** @param kept they are the session's own copy, which must not be written again while it is read */
  openFiles(files: readonly NamedFile[], kept?: boolean): Promise<void>;
  openSample(id: string): Promise<void>;
  /** Whether replacing the model would lose something the user made. */
  wouldLoseWork(): boolean;
  startOver(): Promise<void>;
  select(id: string | undefined): void;

  /** One undoable change. Changes with the same `merge` key in a row (a drag) are one. */
  editRecipe(change: (recipe: Recipe) => Recipe, merge?: string): void;
  addStep(step: Step): void;
  removeStep(index: number): void;
  moveStep(from: number, to: number): void;
  setStep(index: number, options: Partial<Step>, merge?: string): void;
  importRecipe(text: string): void;
  undo(): void;
  redo(): void;

  compress(): Promise<void>;
  cancelCompress(): void;
  /** Ends the learning in progress and goes on with the best so far. */
  enough(): void;
  /** @param kept as for `openFiles` */
  openData(files: readonly NamedFile[], kept?: boolean): Promise<void>;
  setPreprocess(preprocess: Preprocess): Promise<void>;
  closeData(): void;
  /**
   * Opens a model that a step may ask for beside the open one, and goes on with a recipe that waited for it.
   * @throws PareError as `EngineWorker.openOther`
   */
  openOther(files: readonly NamedFile[]): Promise<ModelReference>;
  judge(): Promise<void>;
  cancelJudge(): void;

  /**
   * What can go at a step that prunes channels, and in which order.
   * @throws PareError of the steps before, and `data/missing`
   */
  rankChannels(step: number, task: number): Promise<RankedChannels>;
  /** How latency follows MACs on this device, measured. @throws PareError of the steps before, and of the runtime */
  channelLatencies(step: number): Promise<LatencyPoint[]>;
  /**
   * What each weight's elements matter to a step that prunes by it, by the weights' ids.
   * @throws PareError as `rankChannels`, `data/label-range`, `recipe/not-applicable`
   */
  measureImportance(
    step: number,
    task: number,
    onProgress: (p: Progress) => void,
  ): Promise<ReadonlyMap<string, Sketch>>;
  /** The singular values of a weight at a step that factorizes; undefined for one that it leaves alone. @throws PareError of the steps before */
  spectrum(step: number, id: string, task: number): Promise<Spectrum | undefined>;
  /** The values inside the open model that learning can look at. */
  innerValues(): Promise<InnerValue[]>;

  setSettings(change: Partial<Settings>): void;
  dismiss(fault: Fault): void;
}
