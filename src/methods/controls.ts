import type { CustomTypeOptions } from 'i18next';
import type { LayerFacts } from './types.ts';

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
    /** The model's tensors, with their sketches as far as they have been read. */
    layers: readonly LayerFacts[];
    /** The picked layer's id. */
    selected?: string;
    /** The "i" that explains a topic, to put beside a control. */
    explain(topic: Topic): React.ReactNode;
  };
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
