import type { FakeQuantizer } from '../../autodiff/fakeQuantize.ts';
import type { Model } from '../../onnx/model.ts';

/** What a training leaves behind: tensors by id, and learned scales by the value they belong to. */
export interface Learned {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly scales: ReadonlyMap<string, Float32Array>;
}

/** A model in the form in which it learns, and the way back. */
export interface Student {
  /** Float32 where anything learns. */
  readonly model: Model;
  /** Ids of the tensors that learn. */
  readonly train: readonly string[];
  /** One byte per element: 0 where a weight is and stays zero. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** Tensors without weight decay. */
  readonly noDecay: ReadonlySet<string>;
  /** Factors on the learning rate. */
  readonly rates: ReadonlyMap<string, number>;
  /** Values that are rounded on their way. */
  readonly quantizers: ReadonlyMap<string, FakeQuantizer>;
  /** Whether its weights were drawn at random. */
  readonly fresh: boolean;
  /** The model of the step's result. */
  finish(learned: Learned): Promise<Model>;
}
