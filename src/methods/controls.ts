import type { CustomTypeOptions } from 'i18next';
import type { InnerValue } from '../onnx/values.ts';
import type { LayerFacts, ModelReference } from './types.ts';

/** What can be explained beside a control: the page's topics (`studio/explain`). */
export type Topic = keyof CustomTypeOptions['resources']['translation']['explain']['topics'];

/** What a method's controls are given. They know nothing of the page's store. */
export interface ControlsProps<Options> {
  step: Options;
  /**
   * Changes options; undefined puts one back to its default.
   * @param merge changes with the same key in one movement of the hand are undone together
   */
  onChange(change: { [K in keyof Options]?: Options[K] | undefined }, merge?: string): void;
  context: {
    /** The model's tensors as the step sees them, with their sketches as far as they have been read. */
    layers: readonly LayerFacts[];
    /** The picked layer's id. */
    selected?: string;
    /** The "i" that explains a topic, to put beside a control. */
    explain(topic: Topic): React.ReactNode;
    /** Said where a number waits for what the page measures for this step: how far that is, or what it waits for. */
    measured?: React.ReactNode;
    /** The values inside the open model that learning can look at. */
    innerValues(): Promise<readonly InnerValue[]>;
    /** Where a model is dropped or picked that the step asks for beside the open one. */
    otherModel(props: OtherModelProps): React.ReactNode;
  };
}

export interface OtherModelProps {
  /** What the step asks for so far. */
  reference: ModelReference | undefined;
  onPick(reference: ModelReference): void;
}

/** What the controls for one layer's own options are given. */
export interface LayerControlsProps<Options, Own> {
  step: Options;
  layer: LayerFacts;
  /** The layer's own options; undefined when it has none. */
  own: Own | undefined;
  onChange(own: Own | undefined, merge?: string): void;
  explain(topic: Topic): React.ReactNode;
}
